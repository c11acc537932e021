//! What cannot be read, is too much, or has a hostile name.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::records::{audit_entry, journal, kernel_entry, log};
use super::{UNSIGNED, objects, system, why};
use crate::support::{Run, System};

#[test]
fn what_may_be_missing_is_said() {
    let system = system();
    why(&system)
        .exits(2)
        .says("there are no audit records")
        .does_not_say("nothing was refused");
    why(&system)
        .arg("/usr/bin/good")
        .exits(2)
        .says("there are no audit records")
        .says("the kernel would accept it");
    journal(
        &system,
        &[kernel_entry(
            "audit: type=1400 audit(1.000:1): apparmor=\"STATUS\"",
        )],
    );
    why(&system).ok().says("nothing was refused");
    for lost in [
        "audit: audit_lost=12 audit_rate_limit=0 audit_backlog_limit=64",
        "kauditd_printk_skb: 34 callbacks suppressed",
    ] {
        journal(&system, &[kernel_entry(lost)]);
        why(&system)
            .exits(2)
            .says("the kernel has dropped audit records");
    }
    // A log that is none.
    fs::create_dir_all(system.at("/var/log/audit/audit.log")).unwrap();
    log_of_rubbish(&system);
    why(&system)
        .exits(2)
        .says("dropped")
        .does_not_say("refused,");
}

fn log_of_rubbish(system: &System) {
    fs::remove_dir(system.at("/var/log/audit/audit.log")).unwrap();
    let mut rubbish = vec![b'x'; 100_000];
    rubbish.extend(b"\ntype=INTEGRITY_DATA msg=audit(\x1b[31m\0\xff\n\n= = =\n");
    fs::write(system.at("/var/log/audit/audit.log"), rubbish).unwrap();
}

#[test]
fn without_the_right_to_read_it_says_so() {
    let system = system();
    log(&system, &[(UNSIGNED, "/usr/bin/plain")]);
    journal(&system, &[audit_entry(102, UNSIGNED, "/usr/bin/plain")]);
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(system.root(), 0o755);
    set(&system.at("/var/log/audit"), 0o700);
    let nobody = Run::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(env!("CARGO_BIN_EXE_dpkg-ima"))
        .args(["why", "--root"])
        .arg(system.root());
    nobody
        .exits(2)
        .says("auditd's log: cannot open")
        .says("the journal: cannot open")
        .says("run it as root")
        .does_not_say("nothing was refused");
}

#[test]
fn more_files_are_told_than_can_be_open_at_a_time() {
    const OPEN_MAX: usize = 64;
    let system = system();
    let names: Vec<_> = (0..2 * OPEN_MAX)
        .map(|number| format!("/opt/{number}"))
        .collect();
    for name in &names {
        system.program(name, "#!/bin/sh\n# mine\n");
    }
    let records: Vec<_> = names.iter().map(|name| (UNSIGNED, name.as_str())).collect();
    log(&system, &records);
    let outcome = Run::new("prlimit")
        .arg(format!("--nofile={OPEN_MAX}"))
        .arg(env!("CARGO_BIN_EXE_dpkg-ima"))
        .args(["why", "--json", "--root"])
        .arg(system.root())
        .exits(1);
    let told = objects(&outcome);
    assert_eq!(told.len(), names.len(), "{outcome}");
    assert!(
        told.values().all(|object| object["reason"] == "no-label"),
        "{outcome}"
    );
}

#[test]
fn names_do_not_reach_the_terminal_and_do_not_leave_the_command() {
    let system = system();
    let name = "/opt/\u{1b}[31m x\n$(touch /tmp/pwned)'\u{202e}";
    system.program(name, "#!/bin/sh\n# mine\n");
    log(
        &system,
        &[(UNSIGNED, name), ("\u{1b}[31m", "/usr/bin/plain")],
    );
    let outcome = why(&system).exits(1);
    for byte in outcome.stdout().bytes() {
        assert!(byte == b'\n' || (b' '..=b'~').contains(&byte), "{outcome}");
    }
    let outcome = why(&system).arg("--json").exits(1);
    let remedy = objects(&outcome);
    let object = remedy
        .values()
        .find(|object| object["reason"] == "no-label");
    let remedy = object.unwrap()["remedy"].as_str().unwrap();
    let word = remedy
        .rsplit_once(" $'")
        .map(|(_, word)| format!("$'{word}"));
    let script = format!("printf %s {}", word.unwrap());
    let said = Run::new("bash").args(["-c", &script]).ok();
    assert_eq!(said.stdout(), name);
}
