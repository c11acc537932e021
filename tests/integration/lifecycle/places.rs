//! Files that are not where their package says, or not as it says: one label each, at the right inode.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::support::{DebBuilder, Machine};

const SCRIPT: &str = "#!/bin/sh\necho hi\n";
const OTHER: &str = "#!/bin/sh\necho other\n";

/// One program, at that path.
fn shipping(name: &str, path: &str, content: &str) -> DebBuilder {
    DebBuilder::new(name, "1").file(path, content, 0o755)
}

/// How many files the sweep wrote to.
#[track_caller]
fn sweep_labels(machine: &Machine, count: usize) {
    machine
        .sweep()
        .ok()
        .says(&format!(": {count} labelled, "))
        .says(" 0 failed");
}

#[test]
fn diverted_by_a_package() {
    let machine = Machine::without_hooks();
    machine.install(shipping("first", "/usr/bin/tool", SCRIPT));
    let divert = "#!/bin/sh\nset -e\n[ \"$1\" != install ] || dpkg-divert --package second \
                  --divert /usr/bin/tool.first --rename --add /usr/bin/tool\n";
    let second = shipping("second", "/usr/bin/tool", OTHER).control("preinst", divert);
    machine.install(second);
    // Two programs, and the script.
    sweep_labels(&machine, 3);
    machine.ensure_label("/usr/bin/tool", "second", "/usr/bin/tool");
    machine.ensure_label("/usr/bin/tool.first", "first", "/usr/bin/tool");
    machine.verify(&["first", "second"]).ok();
    machine.install(shipping(
        "first",
        "/usr/bin/tool",
        "#!/bin/sh\necho newer\n",
    ));
    sweep_labels(&machine, 1);
    machine.ensure_label("/usr/bin/tool.first", "first", "/usr/bin/tool");
    machine.ensure_label("/usr/bin/tool", "second", "/usr/bin/tool");
}

#[test]
fn diverted_by_the_administrator() {
    let machine = Machine::without_hooks();
    let divert = machine.chroot.run("dpkg-divert");
    divert
        .args(["--local", "--divert", "/opt/tool", "--rename"])
        .args(["--add", "/usr/bin/tool"])
        .ok();
    fs::write(machine.chroot.at("/usr/bin/tool"), "mine").expect("the root is writable");
    machine.install(shipping("imat", "/usr/bin/tool", SCRIPT));
    sweep_labels(&machine, 1);
    machine.ensure_label("/opt/tool", "imat", "/usr/bin/tool");
    machine.ensure_bare("/usr/bin/tool");
    machine.verify(&["imat"]).ok().says("good: /opt/tool");
}

#[test]
fn hard_links_are_one_inode_and_get_one_label() {
    let machine = Machine::without_hooks();
    let deb = shipping("imat", "/usr/bin/one", SCRIPT)
        .hard_link("/usr/bin/two", "/usr/bin/one")
        .hard_link("/usr/libexec/three", "/usr/bin/one");
    machine.install(deb);
    let one = fs::metadata(machine.chroot.at("/usr/bin/one")).expect("it is installed");
    assert_eq!(one.nlink(), 3, "dpkg has made links");
    sweep_labels(&machine, 1);
    machine.ensure_labelled("imat");
}

#[test]
fn paths_of_before_the_usr_merge() {
    let machine = Machine::without_hooks();
    let target = fs::read_link(machine.chroot.at("/bin"));
    assert_eq!(
        target.ok().as_deref(),
        Some("usr/bin".as_ref()),
        "the root is merged"
    );
    let deb = shipping("imat", "/bin/one", SCRIPT)
        .file("/lib/imat/two", "#!/bin/sh\n# two\n", 0o755)
        .file("/sbin/three", "#!/bin/sh\n# three\n", 0o755);
    machine.install(deb);
    sweep_labels(&machine, 3);
    machine.ensure_label("/usr/bin/one", "imat", "/bin/one");
    machine.ensure_label("/usr/lib/imat/two", "imat", "/lib/imat/two");
    machine.ensure_labelled("imat");
    // The same file under its other name: labelled already.
    machine.install(shipping("again", "/usr/bin/again", SCRIPT));
    sweep_labels(&machine, 1);
}

/// The link is absolute, so that only a resolver that stays beneath the root finds the file.
#[test]
fn below_a_folder_that_the_administrator_replaced_by_a_link() {
    let machine = Machine::without_hooks();
    fs::create_dir_all(machine.chroot.at("/srv/large/imat")).expect("the root is writable");
    symlink("/srv/large/imat", machine.chroot.at("/opt/imat")).expect("nothing is there");
    machine.install(shipping("imat", "/opt/imat/bin/tool", SCRIPT));
    sweep_labels(&machine, 1);
    machine.ensure_label("/srv/large/imat/bin/tool", "imat", "/opt/imat/bin/tool");
    machine.verify(&["imat"]).ok();
}

/// A link that leads out of the root, to a file of this machine that has the very content.
#[test]
fn nothing_outside_the_root_is_touched() {
    let (machine, outside) = (Machine::without_hooks(), crate::support::scratch());
    machine.install(shipping("imat", "/opt/imat/tool", SCRIPT));
    let target = outside.path().join("tool");
    fs::write(&target, SCRIPT).expect("the directory is ours");
    fs::remove_dir_all(machine.chroot.at("/opt/imat")).expect("it is installed");
    symlink(outside.path(), machine.chroot.at("/opt/imat")).expect("nothing is there");
    sweep_labels(&machine, 0);
    assert_eq!(crate::support::label_of(&target), None);
}

#[test]
fn a_symlink_in_place_of_a_file_is_not_followed() {
    let machine = Machine::without_hooks();
    machine.install(shipping("imat", "/usr/bin/tool", SCRIPT));
    let tool = machine.chroot.at("/usr/bin/tool");
    fs::rename(&tool, machine.chroot.at("/usr/bin/moved")).expect("it is installed");
    symlink("moved", &tool).expect("it was moved away");
    sweep_labels(&machine, 0);
    machine.ensure_bare("/usr/bin/moved");
}

#[test]
fn setuid_and_statoverride() {
    let machine = Machine::without_hooks();
    let add = ["--add", "root", "root", "4755", "/usr/bin/made-setuid"];
    machine.chroot.run("dpkg-statoverride").args(add).ok();
    let deb = || {
        DebBuilder::new("imat", "1")
            .file("/usr/bin/setuid", SCRIPT, 0o4755)
            .file("/usr/bin/made-setuid", OTHER, 0o755)
    };
    for _ in ["installed", "replaced, which makes the old file 0600 first"] {
        machine.install(deb());
        sweep_labels(&machine, 2);
        machine.ensure_labelled("imat");
        for path in ["/usr/bin/setuid", "/usr/bin/made-setuid"] {
            let metadata = fs::metadata(machine.chroot.at(path)).expect("it is installed");
            assert_eq!(metadata.mode() & 0o7777, 0o4755, "{path}");
        }
    }
}

#[test]
fn a_file_that_another_package_replaces() {
    let machine = Machine::without_hooks();
    let old = shipping("old", "/usr/bin/tool", SCRIPT).file("/usr/bin/kept", "#!/bin/sh\n", 0o755);
    machine.install(old);
    machine.sweep().ok();
    let new = || shipping("new", "/usr/bin/tool", OTHER).field("Replaces: old");
    machine.install(new());
    sweep_labels(&machine, 1);
    machine.ensure_label("/usr/bin/tool", "new", "/usr/bin/tool");
    machine.ensure_label("/usr/bin/kept", "old", "/usr/bin/kept");
    machine.verify(&["new"]).ok();
}

/// The file is no longer the signed package's, so it is neither labelled nor called altered.
#[test]
fn a_file_that_an_unsigned_package_replaces() {
    let machine = Machine::without_hooks();
    machine.install(shipping("old", "/usr/bin/tool", SCRIPT).file("/usr/bin/kept", "#!", 0o755));
    machine.install_unsigned(shipping("new", "/usr/bin/tool", OTHER).field("Replaces: old"));
    for arguments in [&[][..], &["--all"]] {
        let swept = machine.sweep().args(arguments).ok();
        swept
            .does_not_say("is not what its package installed")
            .says(" 0 altered");
        machine.ensure_bare("/usr/bin/tool");
        machine.ensure_label("/usr/bin/kept", "old", "/usr/bin/kept");
    }
}
