//! A list that makes no sense, a damaged state folder, a sweep that was killed: one clear line, and the rest is labelled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::support::{DebBuilder, Machine, Outcome, label_of};

const STATE: &str = "/var/lib/dpkg-ima";

/// Three packages, not swept yet.
fn machine() -> Machine {
    let machine = Machine::without_hooks();
    let debs = ["a", "b", "c"].map(|name| machine.signed(DebBuilder::with_program(name, "1")));
    machine
        .chroot
        .install(&debs.each_ref().map(PathBuf::as_path))
        .ok();
    machine
}

fn lines_with(outcome: &Outcome, text: &str) -> usize {
    let said = outcome.stderr();
    said.lines().filter(|line| line.contains(text)).count()
}

#[test]
fn a_malformed_list_costs_its_own_package_only() {
    let machine = machine();
    let list = machine.list_path("b");
    let good = fs::read(&list).expect("it is installed");
    let half = &good[..good.len() / 2];
    for (bad, problem) in [
        (&b"#mtree v3.0\n"[..], "line 1"),
        (b"", "line 1"),
        (half, "line 2"),
        (
            b"#mtree v2.0\n./x type=file size=1 sha256=00 security.ima=AwI=\n",
            "line 2",
        ),
    ] {
        fs::write(&list, bad).expect("the root is writable");
        let swept = machine.sweep().exits(2);
        assert_eq!(
            lines_with(&swept, "of package b are not labelled"),
            1,
            "{swept}"
        );
        swept.says("b.imasigs'").says(problem);
        machine.ensure_labelled("a");
        machine.ensure_labelled("c");
        machine.ensure_bare("/usr/bin/b");
    }
    machine.install(DebBuilder::with_program("d", "1"));
    machine.sweep().exits(2);
    machine.ensure_labelled("d");
    fs::write(&list, good).expect("the root is writable");
    machine.sweep().ok();
    machine.ensure_labelled("b");
}

#[test]
fn a_malformed_list_is_no_trouble_for_dpkg() {
    let machine = Machine::with_hooks();
    machine.install(DebBuilder::with_program("a", "1"));
    fs::write(machine.list_path("a"), "nonsense").expect("the root is writable");
    machine
        .install(DebBuilder::with_program("b", "1"))
        .says("of package a are not labelled");
    machine.ensure_labelled("b");
    machine.install(DebBuilder::with_program("a", "2"));
    machine.ensure_labelled("a");
    machine.dpkg(&["--purge", "a"]).ok();
    machine
        .install(DebBuilder::with_program("c", "1"))
        .does_not_say("not labelled");
}

/// A machine whose state folder is harmed, again and again.
struct Patient {
    machine: Machine,
    version: usize,
}

impl Patient {
    fn new() -> Self {
        let machine = machine();
        machine.sweep().ok();
        Self {
            machine,
            version: 1,
        }
    }

    /// Installs something new, and sweeps.
    #[track_caller]
    fn go_on(&mut self) {
        self.version += 1;
        self.machine
            .install(DebBuilder::with_program("d", &self.version.to_string()));
        self.machine.sweep().ok();
        self.machine.ensure_labelled("d");
    }

    /// After that harm what is new is labelled, and `--all` labels everything and leaves no damage.
    #[track_caller]
    fn recovers_from(&mut self, harm: impl Fn(&Path)) {
        self.go_on();
        harm(&self.machine.chroot.at(STATE));
        self.go_on();
        for name in ["a", "b", "c", "d"] {
            self.machine.unlabel(&format!("/usr/bin/{name}"));
        }
        self.machine.sweep().arg("--all").ok();
        for name in ["a", "b", "c", "d"] {
            self.machine.ensure_labelled(name);
        }
        let swept = self.machine.sweep().ok();
        swept.does_not_say("damaged").says(": 0 labelled, 0 had");
    }

    /// After that harm to each file of signatures.
    #[track_caller]
    fn recovers_from_harm_to_either(&mut self, harm: impl Fn(&Path)) {
        for at in [0, 1] {
            self.recovers_from(|state| harm(&segments(state)[at]));
        }
    }
}

fn segments(state: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(state).expect("the sweep has made it");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("it is readable").path())
        .filter(|path| path.to_string_lossy().contains("signatures."))
        .collect();
    files.sort();
    assert_eq!(files.len(), 2, "{files:?}");
    files
}

fn overwrite(file: &Path, content: impl AsRef<[u8]>) {
    fs::write(file, content).expect("the root is writable");
}

#[test]
fn state_that_is_missing() {
    let mut patient = Patient::new();
    patient.recovers_from(|state| fs::remove_dir_all(state).expect("the root is writable"));
    patient.recovers_from_harm_to_either(|file| {
        fs::remove_file(file).expect("the root is writable");
    });
}

#[test]
fn state_that_is_truncated() {
    let mut patient = Patient::new();
    for keep in [0, 1, 40, 200, 430] {
        patient.recovers_from_harm_to_either(|file| {
            let content = fs::read(file).expect("it is readable");
            overwrite(file, &content[..keep]);
        });
    }
}

/// Also where only a record is hit, or the last signature, not what says which lists are in the file.
#[test]
fn state_that_has_other_bytes() {
    let mut patient = Patient::new();
    for place in [0..8, 12..16, 32..64, 100..110, usize::MAX - 100..usize::MAX] {
        patient.recovers_from_harm_to_either(|file| {
            let mut content = fs::read(file).expect("it is readable");
            let shift = place.end.saturating_sub(content.len());
            content[place.start - shift..place.end - shift].fill(0xa5);
            overwrite(file, content);
        });
    }
}

#[test]
fn a_note_of_what_is_pending_that_makes_no_sense() {
    let mut patient = Patient::new();
    for content in [&b""[..], b"\xff\xfe\0garbage", b"../../etc\n"] {
        patient.recovers_from(|state| overwrite(&state.join("pending"), content));
    }
}

/// What a process left that was killed while it wrote.
#[test]
fn files_that_were_never_finished() {
    let mut patient = Patient::new();
    patient.recovers_from(|state| {
        overwrite(&state.join("signatures.77.new"), "half");
        overwrite(&state.join("pending.new"), "half");
    });
    let left = patient.machine.chroot.at(STATE).join("signatures.77.new");
    assert!(!left.exists(), "it would stay for good");
}

/// A thousand files, so that there is a middle to be killed in.
fn large() -> DebBuilder {
    (0..1000).fold(DebBuilder::new("large", "1"), |deb, number| {
        let content = format!("#!/bin/sh\necho {number}\n");
        deb.file(&format!("/opt/large/{number}"), content, 0o755)
    })
}

fn labelled(machine: &Machine) -> usize {
    let file = |number: &usize| machine.chroot.at(&format!("/opt/large/{number}"));
    let labels = (0..1000).filter(|number| label_of(&file(number)).is_some());
    labels.count()
}

/// Runs a sweep and ends it with SIGKILL after so long.
fn killed_sweep(machine: &Machine, after: Duration) {
    let mut helper = Command::new(env!("CARGO_BIN_EXE_dpkg-ima-helper"))
        .args(["sweep", "--root"])
        .arg(machine.chroot.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("it was built");
    sleep(after);
    helper.kill().expect("it was started");
    helper.wait().expect("it was started");
}

/// Kills sweeps, each after a longer time, until one was in the middle of its work.
fn cut_short(machine: &Machine) -> usize {
    for milliseconds in (1..200).map(|step| step * 2) {
        killed_sweep(machine, Duration::from_millis(milliseconds));
        let count = labelled(machine);
        if count > 0 {
            return count;
        }
    }
    panic!("no sweep labelled anything in 400 ms");
}

#[test]
fn a_killed_sweep_is_taken_up_by_the_next() {
    let machine = Machine::without_hooks();
    machine.install(large());
    let count = cut_short(&machine);
    assert!(
        (1..1000).contains(&count),
        "{count} labelled when it was killed"
    );
    machine
        .sweep()
        .ok()
        .says(&format!(": {} labelled, {count} had", 1000 - count));
    machine.ensure_labelled("large");
    machine.sweep().ok().says(": 0 labelled, 0 had");
}

/// Each waits for the one before, and finds its work done.
#[test]
fn two_sweeps_at_once() {
    let machine = Machine::without_hooks();
    machine.install(large());
    let sweeps: Vec<_> = (0..4)
        .map(|_| {
            let run = machine.sweep();
            std::thread::spawn(move || run.ok())
        })
        .collect();
    for sweep in sweeps {
        sweep.join().expect("the sweep ended with 0");
    }
    machine.ensure_labelled("large");
}
