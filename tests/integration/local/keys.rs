//! Which keys sign local programs, and of which root is warned.

use std::fs;
use std::path::Path;

use super::{LIST, TOOL, label, program, sign, system};
use crate::support::{DebBuilder, Run, SoftHsm, TestKey, scratch};

#[test]
fn a_key_that_the_machine_does_not_hold_signs_nothing() {
    let system = system();
    let keys = system.at("/etc/keys");
    fs::rename(keys.join("ima"), keys.join("aside")).unwrap();
    sign(&system)
        .arg(TOOL)
        .exits(2)
        .says("this machine does not hold the key")
        .says("hint: cp CERTIFICATE /etc/keys/ima/ && dpkg-ima keys load");
    fs::rename(keys.join("aside"), keys.join("ima-revoked")).unwrap();
    sign(&system)
        .arg(TOOL)
        .exits(2)
        .says("was revoked on this machine");
    assert_eq!(label(&system, TOOL), None);
    assert!(!system.at(LIST).exists());
    fs::rename(keys.join("ima-revoked"), keys.join("ima")).unwrap();
    sign(&system).arg(TOOL).ok();
}

#[test]
fn a_key_without_a_passphrase_is_warned_of_once_and_another_is_not() {
    let system = system();
    let warning = "lies on this machine without a passphrase";
    program(&system, "/usr/local/bin/other", "echo other");
    let outcome = sign(&system).args([TOOL, "/usr/local/bin/other"]).ok();
    assert_eq!(outcome.stderr().matches(warning).count(), 1, "{outcome}");
    assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
    let (folder, key) = (scratch(), TestKey::shared());
    let locked = folder.path().join("locked.pem");
    let run = Run::new("openssl").args(["pkey", "-aes256", "-passout", "pass:open", "-in"]);
    run.arg(&key.key).arg("-out").arg(&locked).ok();
    let with = |key: &Path| {
        let run = Run::dpkg_ima()
            .args(["sign", "--local", "--root"])
            .arg(system.root());
        let run = run
            .arg("--key")
            .arg(key)
            .arg("--cert")
            .arg(&TestKey::shared().certificate);
        run.env("DPKG_IMA_PASSPHRASE", "open").arg(TOOL).ok()
    };
    with(&locked).does_not_say(warning);
    for (passphrase, is_warned) in [("pass:", true), ("pass:open", false)] {
        let both = folder.path().join("both.p12");
        let run = Run::new("openssl").args(["pkcs12", "-export", "-passout", passphrase, "-inkey"]);
        let run = run.arg(&key.key).arg("-in").arg(&key.certificate);
        run.arg("-out").arg(&both).ok();
        assert_eq!(
            with(&both).stderr().contains(warning),
            is_warned,
            "{passphrase}"
        );
    }
    // Who signs packages elsewhere is not warned.
    let deb = DebBuilder::with_program("a", "1").build(folder.path());
    key.sign()
        .arg("--in-place")
        .arg(deb)
        .ok()
        .does_not_say(warning);
}

#[test]
fn a_key_in_a_token_is_not_warned_of() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let system = system();
    system.trust(&key);
    let run = token.dpkg_ima("sign", &token.uri("rsa2048"), &key.certificate);
    let run = run.args(["--local", "--root"]).arg(system.root());
    let outcome = run.arg(TOOL).ok().says("signed 1 local program");
    assert_eq!(outcome.stderr(), "", "{outcome}");
    assert_eq!(system.value(TOOL), key.evmctl(&system.at(TOOL)));
}
