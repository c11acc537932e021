//! What the sweep remembers: a second one touches nothing, and after one package was changed it looks at that one only.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{DebBuilder, Machine};

const COUNT: usize = 20;

fn program(number: usize) -> String {
    format!("/usr/bin/imat{number}")
}

fn package(number: usize, version: &str) -> DebBuilder {
    let content = format!("#!/bin/sh\necho {number} {version}\n");
    DebBuilder::new(&format!("imat{number}"), version).file(&program(number), content, 0o755)
}

/// A machine with so many packages, all labelled.
fn settled() -> Machine {
    let machine = Machine::without_hooks();
    let debs: Vec<_> = (0..COUNT)
        .map(|number| machine.signed(package(number, "1")))
        .collect();
    let debs: Vec<&Path> = debs.iter().map(|deb| deb.as_path()).collect();
    machine.chroot.install(&debs).ok();
    machine.sweep().ok().says(": 20 labelled, ");
    machine
}

/// When each program and each file of the state folder was last changed.
fn change_times(machine: &Machine) -> Vec<(String, i64, i64)> {
    let state = fs::read_dir(machine.chroot.at("/var/lib/dpkg-ima"));
    let state = state.expect("the sweep has made it").map(|entry| {
        let path = entry.expect("it is readable").path();
        path.to_str().expect("names are ASCII").to_owned()
    });
    let programs = (0..COUNT).map(|number| {
        let path = machine.chroot.at(&program(number));
        path.to_str().expect("names are ASCII").to_owned()
    });
    let mut times: Vec<_> = state
        .chain(programs)
        .map(|path| {
            let metadata = fs::metadata(&path).expect("it is there");
            (path, metadata.ctime(), metadata.ctime_nsec())
        })
        .collect();
    times.sort();
    times
}

#[test]
fn a_second_sweep_touches_nothing() {
    let machine = settled();
    let before = change_times(&machine);
    let swept = machine.sweep().ok();
    swept.says(": 0 labelled, 0 had the right label");
    assert_eq!(change_times(&machine), before);
    // The control: a sweep that does something is seen.
    machine.install(package(0, "2"));
    machine.sweep().ok().says(": 1 labelled, ");
    assert_ne!(change_times(&machine), before);
}

/// A label that is taken away behind its back shows whether it looks.
#[test]
fn after_one_package_only_that_one_is_looked_at() {
    let machine = settled();
    machine.unlabel(&program(3));
    machine.install(package(7, "2"));
    let swept = machine.sweep().ok();
    swept.says(": 1 labelled, 0 had the right label");
    machine.ensure_labelled("imat7");
    machine.ensure_bare(&program(3));
    let swept = machine.sweep().arg("--all").ok();
    swept.says(": 1 labelled, 19 had the right label");
    machine.ensure_labelled("imat3");
}

/// So many times that its state is put together anew on the way, also with a package that has nothing to label.
#[test]
fn it_remembers_through_forty_upgrades() {
    let machine = settled();
    let empty = DebBuilder::new("nothing", "1").file("/usr/share/doc/nothing", "text", 0o644);
    machine.install(empty);
    assert!(machine.list("nothing").is_empty());
    for version in 2..42 {
        machine.install(package(1, &version.to_string()));
        machine.sweep().ok().says(": 1 labelled, ");
        let before = change_times(&machine);
        machine.sweep().ok().says(": 0 labelled, 0 had");
        assert_eq!(change_times(&machine), before, "version {version}");
    }
    for number in 0..COUNT {
        machine.ensure_labelled(&format!("imat{number}"));
    }
    let state = fs::read_dir(machine.chroot.at("/var/lib/dpkg-ima"));
    let files = state.expect("it is there").count();
    assert!(files < 20, "{files} files in the state folder");
}

/// A restore from backup has no labels, and the state says that all was done: `--all` is for that.
#[test]
fn after_a_restore_all_is_labelled_again() {
    let machine = settled();
    (0..COUNT).for_each(|number| machine.unlabel(&program(number)));
    machine.sweep().ok().says(": 0 labelled, ");
    let swept = machine.sweep().arg("--all").ok();
    swept.says(": 20 labelled, ");
    machine.ensure_labelled("imat0");
}
