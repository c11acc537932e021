//! What the user hears from apt before anything is unpacked, and what `unsigned = "refuse"` refuses.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Listing, Machine, TestKey, scratch};

/// A package of that name with one program.
/// A machine whose repository has a package of every kind: signed by its key, unsigned, signed by another key, and with a list
/// that is cut off.
fn machine(folder: &Path) -> Machine {
    let machine = Machine::with_hooks();
    let other = TestKey::new("rsa2048", folder);
    let debs: [PathBuf; 4] = [
        machine.signed(DebBuilder::with_program("signed", "1.0")),
        DebBuilder::with_program("unsigned", "1.0").build(folder),
        machine.signed_by(&other, DebBuilder::with_program("foreign", "1.0")),
        DebBuilder::with_program("malformed", "1.0")
            .control("imasigs", "#mtree v2.0\n./usr/bin/malformed type=file")
            .build(folder),
    ];
    machine
        .chroot
        .repository(&debs.each_ref().map(PathBuf::as_path));
    machine
}

const ALL: [&str; 5] = ["install", "signed", "unsigned", "foreign", "malformed"];

#[test]
fn one_line_for_each_package_that_this_machine_cannot_check() {
    let folder = scratch();
    let machine = machine(folder.path());
    // Both outputs as one, so that it can be seen what comes first.
    let apt = format!(
        "exec 2>&1; apt-get -q -y -o Dpkg::Use-Pty=false {}",
        ALL.join(" ")
    );
    let said = machine.chroot.run("sh").args(["-c", &apt]).ok().stdout();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("dpkg-ima: package"))
        .collect();
    assert_eq!(lines.len(), 3, "{said}");
    for (package, reason) in [
        ("unsigned", "is unsigned"),
        ("foreign", "which this machine does not hold"),
        ("malformed", "cannot be used: its signature list: line 2"),
    ] {
        let names = |line: &&&str| line.contains(&format!("'{package}'")) && line.contains(reason);
        assert_eq!(lines.iter().filter(names).count(), 1, "{package}: {said}");
    }
    // Before anything is unpacked.
    let (last, first) = (said.rfind("dpkg-ima: package"), said.find("Unpacking"));
    assert!(last.is_some() && last < first, "{said}");
    for package in &ALL[1..] {
        machine.chroot.run(package).ok().says(package);
    }
}

#[test]
fn ignore_says_nothing() {
    let folder = scratch();
    let machine = machine(folder.path());
    fs::write(
        machine.chroot.at("/etc/dpkg-ima.toml"),
        "unsigned = \"ignore\"\n",
    )
    .unwrap();
    machine.chroot.apt(&ALL).ok().does_not_say("dpkg-ima:");
}

#[test]
fn refuse_leaves_the_system_as_it_was() {
    let folder = scratch();
    let machine = machine(folder.path());
    fs::write(
        machine.chroot.at("/etc/dpkg-ima.toml"),
        "unsigned = \"refuse\"\n",
    )
    .unwrap();
    for refused in ["unsigned", "foreign", "malformed"] {
        let before = Listing::of(&machine.chroot.at("/usr"));
        let outcome = machine
            .chroot
            .apt(&["install", "signed", refused])
            .outcome();
        assert_eq!(outcome.code(), Some(100), "{outcome}");
        outcome
            .says("nothing is installed")
            .does_not_say("Unpacking");
        Listing::of(&machine.chroot.at("/usr")).same_as(&before);
        machine.dpkg(&["--audit"]).ok().says_nothing();
    }
    machine.chroot.apt(&["install", "signed"]).ok();
    machine.chroot.run("signed").ok().says("signed");
}

#[test]
fn a_configuration_that_cannot_be_read_is_named_and_stops_nobody() {
    let folder = scratch();
    let machine = machine(folder.path());
    fs::write(machine.chroot.at("/etc/dpkg-ima.toml"), "unsigned = yes\n").unwrap();
    let outcome = machine.chroot.apt(&["install", "signed"]).ok();
    outcome
        .says("/etc/dpkg-ima.toml")
        .says("the defaults are used");
}
