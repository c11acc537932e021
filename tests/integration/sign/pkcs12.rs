//! Key and certificate in one PKCS#12 file, by openssl.

use std::fs;
use std::path::{Path, PathBuf};

use super::detached::pool;
use crate::bad_input::assert_one_line;
use crate::support::{Run, TestKey, scratch};

/// Such a file with the key; it is not named as they usually are.
fn pkcs12(key: &TestKey, folder: &Path, options: &[&str]) -> PathBuf {
    let file = folder.join("both");
    let run = Run::new("openssl").args(["pkcs12", "-export", "-inkey"]);
    let run = run.arg(&key.key).arg("-in").arg(&key.certificate);
    run.args(options).arg("-out").arg(&file).ok();
    file
}

fn sign(file: &Path, pool: &Path, out: &Path) -> Run {
    let run = Run::dpkg_ima().args(["sign", "--key"]).arg(file);
    run.arg("-o").arg(out).arg(pool)
}

fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let debs = crate::packages::debs(folder, "");
    debs.iter().map(|deb| fs::read(deb).unwrap()).collect()
}

#[test]
fn it_signs_as_the_key_and_the_certificate_by_themselves() {
    let (pool, folder, expected) = (pool(), scratch(), scratch());
    let key = TestKey::shared();
    let run = key.sign().arg("-o").arg(expected.path());
    run.arg(pool.path()).ok();
    let wrong = folder.path().join("wrong");
    fs::write(&wrong, "wrong\n").unwrap();
    for secret in ["open sesame", ""] {
        let out = scratch();
        let pass = format!("pass:{secret}");
        let file = pkcs12(key, folder.path(), &["-passout", &pass]);
        let sign = || sign(&file, pool.path(), out.path());
        if !secret.is_empty() {
            assert_one_line(&sign().exits(2), "no passphrase was given");
            let run = sign().arg("--passphrase-file").arg(&wrong).exits(2);
            assert_one_line(&run, "the passphrase does not open the key");
            assert!(contents(out.path()).is_empty());
        }
        sign().env("DPKG_IMA_PASSPHRASE", secret).ok();
        assert_eq!(contents(out.path()), contents(expected.path()));
    }
}

#[test]
fn what_is_not_in_it_is_named() {
    let (pool, folder, out) = (pool(), scratch(), scratch());
    let key = TestKey::shared();
    let alone = pkcs12(key, folder.path(), &["-passout", "pass:", "-nocerts"]);
    let alone_signs = || sign(&alone, pool.path(), out.path());
    assert_one_line(&alone_signs().exits(2), "both' is not with it");
    let other = TestKey::new("rsa2048", folder.path());
    let run = alone_signs().arg("--cert").arg(&other.certificate);
    assert_one_line(&run.exits(2), "does not match the certificate");
    alone_signs().arg("--cert").arg(&key.certificate).ok();
    let run = sign(&key.key, pool.path(), out.path()).exits(2);
    assert_one_line(&run, "is not with it");
    run.says("hint: name it with --cert");
    let certificate = pkcs12(key, folder.path(), &["-passout", "pass:", "-nokeys"]);
    let run = sign(&certificate, pool.path(), out.path()).exits(2);
    assert_one_line(&run, "has no private key");
    // A form that OpenSSL 3 has given up.
    let old = ["-passout", "pass:x", "-legacy"];
    let old = pkcs12(key, folder.path(), &old);
    let run = sign(&old, pool.path(), out.path()).env("DPKG_IMA_PASSPHRASE", "x");
    let run = run.exits(2);
    assert_one_line(&run, "cannot read the PKCS#12 file");
    run.says("hint: if it is of an old form");
}
