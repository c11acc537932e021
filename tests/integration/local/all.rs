//! `sign --local --all`: what is found, shown, asked and signed.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown};

use super::{LIST, TOOL, ensure_is, finding, label, program, sign, system};
use crate::support::{DebBuilder, Outcome, Run, System, TestKey, scratch};

/// The command that signs all, as a shell reads it.
fn sign_all(system: &System) -> String {
    let key = TestKey::shared();
    format!(
        "{} sign --local --all --root {} --key {} --cert {}",
        env!("CARGO_BIN_EXE_dpkg-ima"),
        system.root().to_str().unwrap(),
        key.key.to_str().unwrap(),
        key.certificate.to_str().unwrap(),
    )
}

/// A package whose list is not known, one that is signed, and a program of nobody's.
fn mixed() -> System {
    let system = system();
    let debs = scratch();
    let key = TestKey::shared();
    let signed = DebBuilder::with_program("signed", "1").build(debs.path());
    system.dpkg(&[], &key.signed(&signed, scratch().path()));
    system.dpkg(
        &[],
        &DebBuilder::with_program("plain", "1").build(debs.path()),
    );
    system.label();
    system
}

#[test]
fn all_are_those_that_verify_finds_and_are_shown_first() {
    let system = mixed();
    let all = || sign(&system).arg("--all");
    let shown = |outcome: Outcome| {
        outcome
            .says("/usr/local/bin/tool\n")
            .says("/usr/bin/plain (package plain)\n")
            .does_not_say("/usr/bin/signed")
    };
    shown(all().exits(2).says("there is no terminal to ask on")).does_not_say("signed 2");
    assert!(!system.at(LIST).exists());
    assert_eq!(
        (label(&system, TOOL), label(&system, "/usr/bin/plain")),
        (None, None)
    );
    shown(all().arg("--yes").ok()).says("signed 2 local programs");
    ensure_is(&system, TOOL, "good");
    ensure_is(&system, "/usr/bin/plain", "good");
    assert_eq!(finding(&system, "/usr/bin/signed")[0]["package"], "signed");
    all().ok().says("nothing to sign");
}

/// Nobody has looked at what a user has put there.
#[test]
fn without_a_question_only_what_is_roots_alone_is_signed() {
    let system = system();
    let (theirs, open, linked) = ("/opt/theirs", "/srv/open/x", "/usr/local/bin/linked");
    for path in [theirs, open] {
        program(&system, path, path);
    }
    fs::hard_link(system.at(TOOL), system.at(linked)).unwrap();
    lchown(system.at(theirs), Some(1234), None).unwrap();
    fs::set_permissions(system.at("/srv/open"), Permissions::from_mode(0o1777)).unwrap();
    sign(&system)
        .args(["--all", "--yes"])
        .exits(2)
        .says("/opt/theirs (of user 1234)\n")
        .says("/srv/open/x (others may write it)\n")
        .says("2 programs that others than root own or can write are left out")
        .says("hint: look at each")
        .says("signed ");
    for path in [theirs, open] {
        assert_eq!(label(&system, path), None, "{path}");
    }
    ensure_is(&system, TOOL, "good");
    ensure_is(&system, linked, "good");
    // The control: by its path it is signed.
    sign(&system).arg(theirs).ok();
    ensure_is(&system, theirs, "good");
}

/// While the user reads what is to be signed, somebody writes another content.
#[test]
fn what_is_signed_is_what_was_shown() {
    let system = system();
    let command = sign_all(&system);
    // Answers once the question is there, and the program has been changed.
    let script = format!(
        "mkfifo answer; script -qec '{command}' /dev/null <answer >said 2>&1 & exec 3>answer; \
         until grep -q 'Sign 1 program' said; do sleep 0.1; done; \
         echo '# more' >>'{}'; echo y >&3; exec 3>&-; wait; cat said",
        system.at(TOOL).to_str().unwrap(),
    );
    let folder = scratch();
    Run::new("timeout")
        .args([
            "60",
            "bash",
            "-c",
            &format!(
                "cd '{}' && {{ {script}; }}",
                folder.path().to_str().unwrap()
            ),
        ])
        .outcome()
        .says("it was changed since it was shown");
    assert_eq!(label(&system, TOOL), None);
}

#[test]
fn on_a_terminal_the_answer_counts() {
    let system = system();
    let command = sign_all(&system);
    let answer = |text: &str| {
        let run = Run::new("script").args(["-qec", &command, "/dev/null"]);
        run.input(text).outcome()
    };
    let outcome = answer("n\n")
        .says("Sign 1 program?")
        .says("nothing is signed");
    assert_eq!(outcome.code(), Some(1), "{outcome}");
    assert_eq!(label(&system, TOOL), None);
    let outcome = answer("y\n").says("signed 1 local program");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    ensure_is(&system, TOOL, "good");
}
