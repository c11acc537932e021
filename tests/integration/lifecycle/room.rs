//! No room, and no attributes: full disks, and filesystems that cannot carry labels.

use crate::support::{Ballast, DebBuilder, Machine, Mount, Outcome};

const STATE: &str = "/var/lib/dpkg-ima";

/// One line, and it says what to do about.
#[track_caller]
fn says_that_there_is_no_room(outcome: Outcome) {
    let said = outcome.stderr();
    let lines: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("dpkg-ima-helper: "))
        .collect();
    let [line] = &lines[..] else {
        panic!("not one line\n{outcome}")
    };
    assert!(line.contains("No space left on device"), "{line}");
    assert!(line.contains(STATE), "{line}");
}

#[test]
fn the_state_folder_is_full() {
    let machine = Machine::without_hooks();
    let state = machine.chroot.at(STATE);
    let mount = Mount::small(&state, 1024);
    machine.install(DebBuilder::with_program("before", "1"));
    machine.sweep().ok();
    let ballast = Ballast::fill(&state);
    machine.install(DebBuilder::with_program("during", "1"));
    machine.ensure_bare("/usr/bin/during");
    let sweep = || machine.sweep().env("RUST_LOG", "warn");
    says_that_there_is_no_room(sweep().exits(2));
    machine.ensure_labelled("during");
    says_that_there_is_no_room(sweep().exits(2));
    ballast.release();
    sweep().ok().says_nothing();
    machine.ensure_labelled("before");
    machine.ensure_labelled("during");
    drop(mount);
}

#[test]
fn a_full_state_folder_is_no_trouble_for_dpkg() {
    let machine = Machine::with_hooks();
    let state = machine.chroot.at(STATE);
    let mount = Mount::small(&state, 1024);
    let ballast = Ballast::fill(&state);
    machine.install(DebBuilder::with_program("during", "1"));
    machine.dpkg(&["--audit"]).ok().says_nothing();
    ballast.release();
    machine.install(DebBuilder::with_program("after", "1"));
    machine.ensure_labelled("during");
    machine.ensure_labelled("after");
    drop(mount);
}

/// Room for dpkg's files and ours, but not for a signature: on this filesystem each takes a block.
#[test]
fn no_room_for_labels() {
    let machine = Machine::without_hooks();
    let opt = machine.chroot.at("/opt");
    let mount = Mount::small(&opt, 1024);
    let deb = DebBuilder::new("imat", "1").file("/opt/imat", "#!/bin/sh\n", 0o755);
    machine.install(deb.file("/usr/bin/elsewhere", "#!/bin/sh\necho\n", 0o755));
    let ballast = Ballast::fill(&opt);
    let swept = machine.sweep().exits(2);
    swept
        .says("cannot label")
        .says("opt/imat': no space left for the attribute")
        .says("1 failed");
    machine.ensure_bare("/opt/imat");
    machine.ensure_label("/usr/bin/elsewhere", "imat", "/usr/bin/elsewhere");
    ballast.release();
    machine.sweep().ok().says(": 1 labelled, 1 had");
    machine.ensure_labelled("imat");
    drop(mount);
}

#[test]
fn a_filesystem_without_attributes_is_counted_and_no_failure() {
    let machine = Machine::without_hooks();
    let mount = Mount::without_attributes(&machine.chroot.at("/opt"));
    let control = xattr::set(machine.chroot.at("/opt"), "security.ima", b"x");
    assert!(control.is_err(), "the filesystem takes labels");
    let deb = DebBuilder::new("imat", "1")
        .file("/opt/one", "#!/bin/sh\n# one\n", 0o755)
        .file("/opt/two", "#!/bin/sh\n# two\n", 0o755)
        .file("/usr/bin/elsewhere", "#!/bin/sh\n", 0o755);
    machine.install(deb);
    let swept = machine.sweep().ok();
    swept
        .says(": 1 labelled, ")
        .says("0 failed")
        .says("2 on filesystems without attributes");
    machine.ensure_label("/usr/bin/elsewhere", "imat", "/usr/bin/elsewhere");
    machine.sweep().ok().says(": 0 labelled, 0 had");
    drop(mount);
}

#[test]
fn a_read_only_filesystem_is_a_failure_and_tried_again() {
    let machine = Machine::without_hooks();
    let opt = machine.chroot.at("/opt");
    let mount = Mount::small(&opt, 1024);
    machine.install(DebBuilder::new("imat", "1").file("/opt/imat", "#!/bin/sh\n", 0o755));
    mount.remount("ro");
    machine.sweep().exits(2).says("mounted read-only");
    mount.remount("rw");
    machine.sweep().ok();
    machine.ensure_labelled("imat");
    drop(mount);
}
