//! Configuration files, which the administrator may change, and other files, which nobody should.

use std::fs;

use crate::support::{DebBuilder, Machine};

/// An executable configuration file, so that it is signed by default.
const CONFFILE: &str = "/etc/imat/hook";
const PROGRAM: &str = "/usr/bin/imat";

fn version(version: &str) -> DebBuilder {
    let program = DebBuilder::new("imat", version).file(PROGRAM, "#!/bin/sh\necho hi\n", 0o755);
    program.conffile(CONFFILE, format!("#!/bin/sh\necho {version}\n"))
}

fn installed() -> Machine {
    let machine = Machine::without_hooks();
    machine.install(version("1"));
    machine
}

/// The administrator has edited it, and dpkg or the sweep has not seen it yet.
fn edit(machine: &Machine, path: &str) -> Vec<u8> {
    let content = b"#!/bin/sh\necho by hand\n";
    fs::write(machine.chroot.at(path), content).expect("the root is writable");
    content.to_vec()
}

#[test]
fn an_altered_file_is_never_labelled() {
    let machine = installed();
    let content = edit(&machine, PROGRAM);
    for arguments in [&[][..], &["--all"]] {
        let swept = machine.sweep().args(arguments).ok();
        swept.says("bin/imat' is not what its package installed");
        machine.ensure_bare(PROGRAM);
    }
    assert_eq!(fs::read(machine.chroot.at(PROGRAM)).ok(), Some(content));
    machine.ensure_label(CONFFILE, "imat", CONFFILE);
    let verify = machine.verify(&["imat"]).exits(1);
    verify.says("altered: /usr/bin/imat");
}

#[test]
fn of_the_same_size_it_is_not_labelled_either() {
    let machine = installed();
    let program = machine.chroot.at(PROGRAM);
    fs::write(&program, "#!/bin/sh\necho ho\n").expect("the root is writable");
    machine.sweep().ok().says("is not what its package");
    machine.ensure_bare(PROGRAM);
    fs::write(&program, "#!/bin/sh\necho hi\n").expect("the root is writable");
    machine.sweep().arg("--all").ok();
    machine.ensure_label(PROGRAM, "imat", PROGRAM);
}

#[test]
fn a_changed_conffile_is_reported_and_left_alone() {
    let machine = installed();
    let content = edit(&machine, CONFFILE);
    let swept = machine.sweep().ok().does_not_say("is not what its package");
    swept
        .says("hook' was changed")
        .says("0 altered, 1 changed conffile");
    machine.ensure_bare(CONFFILE);
    assert_eq!(fs::read(machine.chroot.at(CONFFILE)).ok(), Some(content));
    machine
        .verify(&["imat"])
        .ok()
        .says("changed conffile: /etc/imat/hook");
}

#[test]
fn an_unchanged_conffile_is_replaced_and_labelled() {
    let machine = installed();
    machine.sweep().ok();
    machine.ensure_labelled("imat");
    machine.install(version("2"));
    machine.ensure_bare(CONFFILE);
    machine.sweep().ok();
    machine.ensure_labelled("imat");
}

/// dpkg leaves the new version beside the one that the administrator keeps.
#[test]
fn a_conffile_that_is_kept_stays_bare_and_the_one_beside_it_is_labelled() {
    let machine = installed();
    let content = edit(&machine, CONFFILE);
    let deb = machine.signed(version("2"));
    let inside = machine.chroot.copy_in("/tmp/debs", &[&deb]);
    let dpkg = machine.dpkg(&["--force-confold", "-i"]).args(inside);
    dpkg.ok();
    machine.sweep().ok();
    machine.ensure_bare(CONFFILE);
    assert_eq!(fs::read(machine.chroot.at(CONFFILE)).ok(), Some(content));
    machine.ensure_label(&format!("{CONFFILE}.dpkg-dist"), "imat", CONFFILE);
    let verified = machine.verify(&["imat"]).ok();
    let verified = verified.says(&format!("changed conffile: {CONFFILE}\n"));
    verified.says(&format!("good: {CONFFILE}.dpkg-dist\n"));
}

#[test]
fn a_conffile_that_is_replaced_is_labelled_and_the_old_one_is_not() {
    let machine = installed();
    machine.sweep().ok();
    edit(&machine, CONFFILE);
    let deb = machine.signed(version("2"));
    let inside = machine.chroot.copy_in("/tmp/debs", &[&deb]);
    let dpkg = machine.dpkg(&["--force-confnew", "-i"]).args(inside);
    dpkg.ok();
    machine.sweep().ok();
    machine.ensure_labelled("imat");
    // The label that it had when it was edited is still there, and the kernel refuses it: nobody has renewed it.
    let old = machine.label(&format!("{CONFFILE}.dpkg-old"));
    assert_ne!(old, machine.label(CONFFILE));
}

/// Unpacked, not yet configured: the new conffile waits under another name, and keeps its label when dpkg renames it.
#[test]
fn a_conffile_is_labelled_before_it_is_configured() {
    let machine = Machine::without_hooks();
    let deb = machine.signed(version("1"));
    let inside = machine.chroot.copy_in("/tmp/debs", &[&deb]);
    machine.dpkg(&["--unpack"]).args(inside).ok();
    machine.sweep().ok();
    machine.ensure_label(&format!("{CONFFILE}.dpkg-new"), "imat", CONFFILE);
    machine.dpkg(&["--configure", "imat"]).ok();
    machine.ensure_labelled("imat");
}
