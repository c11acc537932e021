//! `why --follow`: what auditd and journald write while it runs.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::records::{REMOTE, audit_entry, exported, fields_of, journal, journal_file, log};
use super::{UNSIGNED, system};
use crate::support::System;

/// Nothing here takes longer, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `why --follow`.
struct Follower {
    child: Child,
    /// None once nobody reads it any more.
    out: Option<BufReader<ChildStdout>>,
    _err: BufReader<ChildStderr>,
}

impl Follower {
    /// Started, and ready for records.
    fn start(system: &System, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpkg-ima"));
        command
            .args(["why", "--follow", "--root"])
            .arg(system.root());
        command.args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        assert!(line.contains("new records of "), "{line}");
        Self {
            out: child.stdout.take().map(BufReader::new),
            child,
            _err: err,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    fn interrupt(&self) {
        let process = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(process, Signal::SIGINT).unwrap();
    }

    fn ends(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It has ended by itself, if the test passes.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Appends records of one file to auditd's log.
fn append(system: &System, name: &str, numbers: std::ops::Range<u64>) {
    let path = system.at("/var/log/audit/audit.log");
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    let mut text = String::new();
    for number in numbers {
        let fields = fields_of(system, UNSIGNED, name);
        text += &format!("type=INTEGRITY_DATA msg=audit(1764000100.000:{number}): {fields}\n");
    }
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_storm_is_one_paragraph_with_a_count_and_an_interrupt_ends_it() {
    let system = system();
    log(&system, &[(UNSIGNED, "/usr/bin/altered")]);
    let mut follower = Follower::start(&system, &[]);
    append(&system, "/usr/bin/plain", 200..700);
    let told = follower.line();
    assert!(
        told.starts_with("/usr/bin/plain: refused, or logged only 500 times, the last time at "),
        "{told}"
    );
    assert!(follower.line().contains("which has no signatures"));
    assert!(
        follower
            .line()
            .contains("-> dpkg-ima relabel --from DEB plain")
    );
    // The paragraph is not told again.
    append(&system, "/usr/bin/plain", 700..1000);
    append(&system, "/opt/\u{1b}[31m", 1000..1001);
    let told = follower.line();
    assert!(told.starts_with("/opt/\\033[31m: "), "{told}");
    for _ in 0..2 {
        follower.line();
    }
    follower.interrupt();
    let told = follower.line();
    assert!(
        told.starts_with("/usr/bin/plain: refused, or logged only 300 times more, the last time"),
        "{told}"
    );
    assert_eq!(follower.line(), "");
    assert_eq!(follower.ends().code(), Some(1));
}

#[test]
fn what_was_there_before_is_not_told_and_a_closed_pipe_ends_it() {
    let system = system();
    log(&system, &[(UNSIGNED, "/usr/bin/altered")]);
    let mut follower = Follower::start(&system, &["--json", "/usr/bin/plain"]);
    append(&system, "/usr/bin/good", 200..201);
    append(&system, "/usr/bin/plain", 201..203);
    let object: serde_json::Value = serde_json::from_str(&follower.line()).unwrap();
    assert_eq!(object["file"], "/usr/bin/plain");
    assert_eq!(object["count"], 2);
    // It need not have anything to print.
    follower.out = None;
    assert_eq!(follower.ends().code(), Some(1));
}

#[test]
fn nothing_told_is_a_good_answer_and_no_source_is_none() {
    let system = system();
    log(&system, &[(UNSIGNED, "/usr/bin/altered")]);
    let mut follower = Follower::start(&system, &[]);
    follower.interrupt();
    assert_eq!(follower.ends().code(), Some(0));
    let folder = system.at("/var/log/audit");
    std::fs::remove_dir_all(folder).unwrap();
    super::why(&system)
        .arg("--follow")
        .exits(2)
        .says("there are no audit records");
}

/// The child is a journalctl, which ends with it.
#[test]
fn a_journal_is_followed() {
    let system = system();
    journal(&system, &[audit_entry(101, UNSIGNED, "/usr/bin/altered")]);
    let mut remote = Command::new(REMOTE)
        .arg("-o")
        .arg(journal_file(&system))
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut follower = Follower::start(&system, &[]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let entry = exported(
        now.as_secs() + 5,
        &audit_entry(102, UNSIGNED, "/usr/bin/plain"),
    );
    let mut input = remote.stdin.take().unwrap();
    input.write_all(entry.as_bytes()).unwrap();
    input.flush().unwrap();
    let told = follower.line();
    assert!(told.starts_with("/usr/bin/plain: "), "{told}");
    follower.interrupt();
    assert_eq!(follower.ends().code(), Some(1));
    drop(input);
    assert!(remote.wait().unwrap().success());
}
