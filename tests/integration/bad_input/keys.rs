//! Keys and certificates.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Bench, assert_one_line, good, names};
use crate::support::{Run, TestKey, scratch};

/// `dpkg-ima sign` with another key or certificate than usual.
fn sign_with(bench: &Bench, key: &Path, certificate: &Path) -> Run {
    let run = Run::dpkg_ima().arg("sign").arg("--key").arg(key);
    let run = run.arg("--cert").arg(certificate).arg("--in-place");
    run.arg(&bench.deb)
}

/// A self-signed certificate by openssl, with a new key as the arguments say.
fn openssl_pair(folder: &Path, arguments: &[&str]) -> (PathBuf, PathBuf) {
    let (key, certificate) = (folder.join("key"), folder.join("cert"));
    let run = Run::new("openssl").args(["req", "-x509", "-nodes", "-subj", "/CN=x"]);
    let run = run.args(arguments).arg("-keyout").arg(&key);
    run.arg("-out").arg(&certificate).ok();
    (key, certificate)
}

#[test]
fn keys_and_certificates_that_no_kernel_takes() {
    let whole = good();
    for (message, arguments) in [
        ("an RSA key of 1024 bits", &["-newkey", "rsa:1024"][..]),
        ("an RSA key of 2056 bits", &["-newkey", "rsa:2056"]),
        ("a key of type ED25519", &["-newkey", "ed25519"]),
        (
            "a key of type ECDSA over secp256k1",
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ),
        (
            "no subjectKeyIdentifier",
            &[
                "-newkey",
                "rsa:2048",
                "-addext",
                "subjectKeyIdentifier=none",
            ],
        ),
    ] {
        let bench = Bench::new(&whole);
        let (key, certificate) = openssl_pair(bench.folder.path(), arguments);
        assert_one_line(&sign_with(&bench, &key, &certificate).exits(2), message);
        assert_eq!(fs::read(&bench.deb).unwrap(), whole);
    }
    let bench = Bench::new(&whole);
    let (key, certificate) = openssl_pair(bench.folder.path(), &["-newkey", "rsa:2048"]);
    sign_with(&bench, &key, &certificate).ok();
}

#[test]
fn keys_that_cannot_be_used() {
    let whole = good();
    let bench = Bench::new(&whole);
    let (key, certificate) = openssl_pair(bench.folder.path(), &["-newkey", "rsa:2048"]);
    let shared = TestKey::shared();
    let missing = bench.folder.path().join("missing");
    for (message, key, certificate) in [
        ("does not match the certificate", &key, &shared.certificate),
        ("does not match the certificate", &shared.key, &certificate),
        (
            "holds no private key in PEM or PKCS#12",
            &certificate,
            &certificate,
        ),
        ("not an X.509 certificate", &key, &key),
        ("No such file", &missing, &certificate),
        ("No such file", &key, &missing),
    ] {
        assert_one_line(&sign_with(&bench, key, certificate).exits(2), message);
    }
    assert_eq!(fs::read(&bench.deb).unwrap(), whole);
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    let bench = Bench::new(&good());
    let (plain, certificate) = openssl_pair(bench.folder.path(), &["-newkey", "rsa:2048"]);
    let file = |name: &str, content: &str| {
        let path = bench.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let (right, wrong) = (file("right", "open sesame\nmore"), file("wrong", "open\n"));
    for form in ["pkcs8", "traditional"] {
        let key = bench.folder.path().join(form);
        let run = Run::new("openssl").args(["pkey", "-aes256", "-passout", "pass:open sesame"]);
        let run = if form == "pkcs8" {
            run
        } else {
            run.arg("-traditional")
        };
        run.arg("-in").arg(&plain).arg("-out").arg(&key).ok();
        let sign = || sign_with(&bench, &key, &certificate);
        assert_one_line(&sign().exits(2), "no passphrase was given");
        // Only a terminal is asked: what a pipe holds may be anything.
        let piped = sign().input("open sesame\n");
        assert_one_line(&piped.exits(2), "no passphrase was given");
        let wrong = sign().arg("--passphrase-file").arg(&wrong);
        assert_one_line(&wrong.exits(2), "the passphrase does not open the key");
        let wrong = sign().env("DPKG_IMA_PASSPHRASE", "");
        assert_one_line(&wrong.exits(2), "the passphrase does not open the key");
        sign().arg("--passphrase-file").arg(&right).ok();
        sign().env("DPKG_IMA_PASSPHRASE", "open sesame").ok();
    }
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name);
    let keygen = |certificate: &str| {
        let run = Run::dpkg_ima().arg("keygen").arg("--key").arg(path("key"));
        run.arg("--cert").arg(path(certificate))
    };
    keygen("cert").ok();
    let before = fs::read(path("key")).unwrap();
    assert_eq!(
        fs::metadata(path("key")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_one_line(&keygen("cert2").exits(2), "File exists");
    assert_eq!(fs::read(path("key")).unwrap(), before);
    assert_eq!(names(folder.path()), ["cert", "key"]);
    fs::remove_file(path("key")).unwrap();
    assert_one_line(&keygen("cert").exits(2), "File exists");
    assert_eq!(
        names(folder.path()),
        ["cert"],
        "the half of a pair was left"
    );
}
