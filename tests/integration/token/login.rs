//! The PIN: where it comes from, and that a wrong one is tried once.

use std::fs;
use std::path::Path;

use super::{Spy, package};
use crate::bad_input::assert_one_line;
use crate::support::{FINAL_TRY, MODULE, PIN, Run, SoftHsm, scratch};

const URI: &str = "pkcs11:object=rsa2048?module-name=softhsm2";

#[test]
fn it_comes_from_a_file_the_environment_or_a_terminal() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let pool = scratch();
    let deb = package("x", 1, pool.path());
    let sign = |uri: &str| {
        let run = token.dpkg_ima("sign", uri, &key.certificate);
        run.arg("--in-place").arg(&deb)
    };
    sign(URI).env("DPKG_IMA_PIN", PIN).ok();
    sign(URI).arg("--pin-file").arg(token.pin_file(PIN)).ok();
    let source = format!(
        "{URI}&pin-source=file://{}",
        token.pin_file(PIN).to_str().unwrap()
    );
    // What the URI says comes before what the environment does.
    sign(&source).env("DPKG_IMA_PIN", "wrong").ok();
    assert_one_line(&sign(URI).exits(2), "the token 'mirror' wants a PIN");
    // Only a terminal is asked: what a pipe holds may be anything.
    assert_one_line(&sign(URI).input(PIN).exits(2), "and none was given");
    let typed = |pin: &str| {
        let command = format!(
            "'{}' sign --key '{URI}' --cert '{}' --in-place '{}'",
            env!("CARGO_BIN_EXE_dpkg-ima"),
            key.certificate.to_str().unwrap(),
            deb.to_str().unwrap()
        );
        let run = token.with("script").args(["-qec", &command, "/dev/null"]);
        run.input(format!("{pin}\n"))
    };
    let run = typed(PIN).ok().says("PIN for the token 'mirror': ");
    run.says("signed 1 package");
    typed("99").exits(2).says("does not take the PIN");
}

#[test]
fn on_a_command_line_it_is_refused() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let deb = scratch();
    let deb = package("x", 1, deb.path());
    for uri in [
        format!("{URI}&pin-value={PIN}"),
        format!("pkcs11:pin-value={PIN};object=rsa2048?module-name=softhsm2"),
    ] {
        let run = token.dpkg_ima("sign", &uri, &key.certificate);
        let run = run.arg("--in-place").arg(&deb).exits(2);
        assert_one_line(&run, "all users of the machine see a command line");
        run.says("hint: give --pin-file").does_not_say(PIN);
    }
}

/// Counted twice: by the calls, and by the token's own flag, which the first wrong PIN sets.
#[test]
fn a_wrong_one_is_tried_once() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let (pool, spy) = (scratch(), Spy::new());
    let deb = package("x", 20, pool.path());
    let before = fs::read(&deb).unwrap();
    let flag = || is_count_low(&token);
    let sign = |uri: &str, pin: &Path| {
        let run = token.dpkg_ima("sign", uri, &key.certificate);
        let run = spy.on(run).env("RAYON_NUM_THREADS", "4");
        let run = run.arg("--in-place").arg("--pin-file").arg(pin);
        run.arg(pool.path())
    };
    let uri = "pkcs11:object=rsa2048?module-name=pkcs11-spy";
    // A certificate that is none is noticed before the PIN is tried.
    let run = token.dpkg_ima("sign", uri, &key.key).arg("--in-place");
    let run = spy.on(run).env("DPKG_IMA_PIN", "99").arg(&deb).exits(2);
    assert_one_line(&run, "cannot use the certificate");
    assert!(!flag());
    let run = sign(uri, &token.pin_file("99")).exits(2);
    assert_one_line(&run, "does not take the PIN (CKR_PIN_INCORRECT)");
    run.says("hint: it was tried once and is not tried again");
    assert_eq!(spy.count(": C_Login"), 1);
    assert!(flag());
    assert_eq!(fs::read(&deb).unwrap(), before);
    // A right one clears the flag.
    sign(uri, &token.pin_file(PIN)).ok();
    assert!(!flag());
}

#[test]
fn an_empty_one_is_none() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let (pool, spy) = (scratch(), Spy::new());
    let deb = package("x", 1, pool.path());
    let sign = |uri: &str| {
        let run = token.dpkg_ima("sign", uri, &key.certificate);
        spy.on(run).arg("--in-place").arg(&deb)
    };
    let uri = "pkcs11:object=rsa2048?module-name=pkcs11-spy";
    let file = token.pin_file("");
    let source = format!("{uri}&pin-source={}", file.to_str().unwrap());
    for run in [
        sign(uri).env("DPKG_IMA_PIN", ""),
        sign(uri).arg("--pin-file").arg(&file),
        sign(&source),
    ] {
        assert_one_line(&run.exits(2), "wants a PIN, and none was given");
    }
    assert_eq!(spy.count(": C_Login"), 0);
    assert!(!is_count_low(&token));
}

#[test]
fn the_last_try_is_for_people() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let (pool, spy) = (scratch(), Spy::new());
    let deb = package("x", 1, pool.path());
    let uri = "pkcs11:object=rsa2048?module-name=pkcs11-spy";
    let sign = || {
        let run = token.dpkg_ima("sign", uri, &key.certificate);
        spy.on(run)
            .env("DPKG_IMA_PIN", PIN)
            .arg("--in-place")
            .arg(&deb)
    };
    sign().ok();
    assert_eq!(spy.count(": C_Login"), 1);
    token.set_flag(FINAL_TRY);
    assert_one_line(&sign().exits(2), "has one try left before it locks");
    assert_eq!(spy.count(": C_Login"), 1);
}

fn is_count_low(token: &SoftHsm) -> bool {
    let tool = token.with("pkcs11-tool").args(["--module", MODULE, "-L"]);
    tool.ok().stdout().contains("user PIN count low")
}

/// The module that is opened if none is named is p11-kit's, which knows SoftHSM.
#[test]
fn a_module_is_found_by_itself() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let deb = scratch();
    let deb = package("x", 1, deb.path());
    let sign = |uri: &str| -> Run {
        let run = token.dpkg_ima("sign", uri, &key.certificate);
        let run = run.env("DPKG_IMA_PIN", PIN);
        run.arg("--in-place").arg(&deb)
    };
    sign("pkcs11:token=mirror;object=rsa2048").ok();
    let run = sign("pkcs11:object=rsa2048?module-name=none").exits(2);
    assert_one_line(&run, "no PKCS#11 module of the name 'none' is installed");
}
