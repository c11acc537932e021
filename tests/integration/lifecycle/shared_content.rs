//! Two packages with the same content, one signed by a key that the machine does not hold. A kernel that cannot check a label
//! refuses the file, so in either order all of them get the label that it can check.

use crate::support::{DebBuilder, Machine, Run, TestKey, scratch};

const OURS: &str = "/usr/bin/ours";
const THEIRS: &str = "/usr/bin/theirs";

struct Contest {
    machine: Machine,
    /// A key whose certificate is not in `/etc/keys/ima`.
    stranger: TestKey,
    content: &'static str,
}

impl Contest {
    fn over(content: &'static str) -> Self {
        let folder = scratch().keep();
        Self {
            machine: Machine::without_hooks(),
            stranger: TestKey::new("rsa2048", &folder),
            content,
        }
    }

    fn install_ours(&self) {
        let deb = DebBuilder::new("ours", "1").file(OURS, self.content, 0o755);
        self.machine.install(deb);
        self.machine.sweep().ok();
    }

    fn install_theirs(&self) {
        let deb = DebBuilder::new("theirs", "1").file(THEIRS, self.content, 0o755);
        let deb = self.machine.signed_by(&self.stranger, deb);
        self.machine.chroot.install(&[&deb]).ok();
        self.machine.sweep().ok();
    }

    #[track_caller]
    fn ours_wins(&self) {
        let theirs = self.machine.list("theirs").signature(THEIRS);
        let ours = self.machine.list("ours").signature(OURS);
        assert_ne!(ours, theirs);
        self.machine.ensure_label(OURS, "ours", OURS);
        self.machine.ensure_label(THEIRS, "ours", OURS);
        self.machine.verify(&["ours"]).ok().says("good");
        self.machine.verify(&["theirs"]).ok().says("foreign");
    }
}

/// The control: where there is no other, a signature by an unknown key is better than none.
#[test]
fn alone_a_strangers_signature_is_written() {
    let contest = Contest::over("#!/bin/sh\n");
    contest.install_theirs();
    contest.machine.ensure_label(THEIRS, "theirs", THEIRS);
    let verify = contest.machine.verify(&["theirs"]).exits(1);
    verify.says("untrusted key");
}

#[test]
fn ours_first() {
    let contest = Contest::over("#!/bin/sh\necho shared\n");
    contest.install_ours();
    contest.install_theirs();
    contest.ours_wins();
}

#[test]
fn theirs_first() {
    let contest = Contest::over("#!/bin/sh\necho shared\n");
    contest.install_theirs();
    contest.install_ours();
    contest.ours_wins();
}

#[test]
fn an_empty_program_ours_first() {
    let contest = Contest::over("");
    contest.install_ours();
    contest.install_theirs();
    contest.ours_wins();
}

#[test]
fn an_empty_program_theirs_first() {
    let contest = Contest::over("");
    contest.install_theirs();
    contest.install_ours();
    contest.ours_wins();
}

/// A new certificate, and the machine repaired: the labels follow.
#[test]
fn all_is_looked_at_again_when_keys_change() {
    let contest = Contest::over("#!/bin/sh\necho shared\n");
    contest.install_ours();
    contest.install_theirs();
    let certificate = contest.machine.chroot.at("/etc/keys/ima/test.pem");
    std::fs::copy(&contest.stranger.certificate, certificate).expect("the root is writable");
    contest.machine.sweep().arg("--all").ok();
    contest.machine.ensure_label(OURS, "theirs", THEIRS);
    contest.machine.ensure_label(THEIRS, "theirs", THEIRS);
}

/// A list with the signatures of both keys, of which the machine holds one: a sweep writes that one, whichever it is.
#[test]
fn of_two_keys_in_one_list_the_one_that_is_held() {
    let contest = Contest::over("#!/bin/sh\necho shared\n");
    let (machine, stranger) = (&contest.machine, &contest.stranger);
    let deb = machine.signed(DebBuilder::new("ours", "1").file(OURS, contest.content, 0o755));
    let run = Run::dpkg_ima().args(["resign", "--keep", "--from-cert"]);
    let run = run.arg(&TestKey::shared().certificate).arg("--key");
    let run = run.arg(&stranger.key).arg("--cert");
    run.arg(&stranger.certificate).arg(&deb).ok();
    machine.chroot.install(&[&deb]).ok();
    let folder = scratch();
    let copy = folder.path().join("copy");
    std::fs::write(&copy, contest.content).expect("the folder is writable");
    let is_by = |key: &TestKey| {
        let label = machine.label(OURS);
        label == Some(data_encoding::HEXLOWER.encode(&key.evmctl(&copy)))
    };
    machine.sweep().ok();
    assert!(is_by(TestKey::shared()));
    let certificate = machine.chroot.at("/etc/keys/ima/test.pem");
    std::fs::copy(&stranger.certificate, certificate).expect("the root is writable");
    machine.sweep().arg("--all").ok();
    assert!(is_by(stranger));
    machine.verify(&["ours"]).ok().says("good");
}
