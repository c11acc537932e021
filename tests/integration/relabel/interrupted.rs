//! Killed at any moment, and run again: the same end as one run.

use std::collections::BTreeMap;
use std::process::Stdio;

use crate::support::{DebBuilder, Machine, TestKey, label_of, scratch};

const FILES: usize = 400;
const PACKAGES: usize = 4;
const KILLS: usize = 25;

/// A package with many programs.
fn large(number: usize) -> DebBuilder {
    (0..FILES).fold(
        DebBuilder::new(&format!("large{number}"), "1"),
        |deb, file| {
            let content = format!("#!/bin/sh\necho {number} {file}\n");
            deb.file(&format!("/opt/large{number}/{file}"), content, 0o755)
        },
    )
}

/// Installed unsigned; and the folder with the signed ones.
fn machine() -> (Machine, tempfile::TempDir) {
    let (machine, plain, signed) = (Machine::without_hooks(), scratch(), scratch());
    for number in 0..PACKAGES {
        let deb = large(number).build(plain.path());
        machine.chroot.install(&[&deb]).ok();
        TestKey::shared().signed(&deb, signed.path());
    }
    (machine, signed)
}

type State = BTreeMap<String, Option<String>>;

/// Each program's label, and whether each package has a list.
fn state(machine: &Machine) -> State {
    let programs = (0..PACKAGES * FILES).map(|number| {
        let path = format!("/opt/large{}/{}", number / FILES, number % FILES);
        let label = label_of(&machine.chroot.at(&path));
        (path, label)
    });
    let lists = (0..PACKAGES).map(|number| {
        let list = machine.list_path(&format!("large{number}"));
        (format!("list {number}"), list.exists().then(String::new))
    });
    programs.chain(lists).collect()
}

/// Runs it and ends it with SIGKILL as soon as that program has a label, or when it has ended by itself.
fn killed(machine: &Machine, from: &std::path::Path, once_labelled: &std::path::Path) {
    let mut relabel = std::process::Command::new(env!("CARGO_BIN_EXE_dpkg-ima"));
    let mut relabel = relabel
        .args(["relabel", "--from"])
        .arg(from)
        .arg("--root")
        .arg(machine.chroot.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it was built");
    while label_of(once_labelled).is_none() && relabel.try_wait().expect("it is ours").is_none() {}
    relabel.kill().expect("it was started");
    relabel.wait().expect("it was started");
}

#[test]
fn killed_at_any_moment_and_run_again() {
    let ((whole, from), (cut, from_cut)) = (machine(), machine());
    whole.relabel().arg("--from").arg(from.path()).ok();
    let expected = state(&whole);
    assert!(expected.values().all(Option::is_some));
    let mut partial = 0;
    for number in 0..KILLS {
        let program = number * PACKAGES * FILES / KILLS;
        let program = format!("/opt/large{}/{}", program / FILES, program % FILES);
        killed(&cut, from_cut.path(), &cut.chroot.at(&program));
        let now = state(&cut);
        for (path, label) in &now {
            // Whole or not at all.
            assert!(label.is_none() || label == &expected[path], "{path}");
        }
        let labelled = now.values().filter(|label| label.is_some()).count();
        partial += usize::from(labelled > 0 && labelled < now.len());
        if labelled == now.len() {
            bare(&cut);
        }
    }
    assert!(partial > 0, "none of them was killed in the middle");
    cut.relabel().arg("--from").arg(from_cut.path()).ok();
    assert!(state(&cut) == expected, "another end than that of one run");
    cut.relabel().ok().says("1600 files: 1600 good");
}

/// As it was at the start, for those that were not killed in time.
fn bare(machine: &Machine) {
    for path in state(machine)
        .into_keys()
        .filter(|path| path.starts_with('/'))
    {
        machine.unlabel(&path);
    }
    for number in 0..PACKAGES {
        std::fs::remove_file(machine.list_path(&format!("large{number}"))).unwrap();
    }
}
