//! What a token signs is what the same key in a file signs.

use std::fs;

use super::{Spy, package};
use crate::interop::{FILES, evmctl_takes, our_values};
use crate::sign::lists;
use crate::support::{SoftHsm, TestKey, scratch};

#[test]
fn by_rsa_they_are_the_same_byte_for_byte() {
    for kind in ["rsa2048", "rsa4096"] {
        let (token, key) = SoftHsm::with_key("mirror", kind);
        let (uri, folder) = (token.uri(kind), scratch());
        for hash in ["sha256", "sha384", "sha512"] {
            let sign = token.dpkg_ima("sign", &uri, &key.certificate);
            let values = our_values(sign, hash, folder.path());
            assert_eq!(values, our_values(key.sign(), hash, folder.path()));
            let file = folder.path().join("file");
            for ((_, content), value) in FILES.into_iter().zip(values) {
                fs::write(&file, content).unwrap();
                assert!(evmctl_takes(&file, &value, &key), "{kind} {hash}");
            }
        }
    }
}

#[test]
fn by_ecdsa_they_verify() {
    for kind in ["p256", "p384"] {
        let (token, key) = SoftHsm::with_key("mirror", kind);
        let (uri, folder) = (token.uri(kind), scratch());
        for hash in ["sha256", "sha384", "sha512"] {
            let sign = token.dpkg_ima("sign", &uri, &key.certificate);
            let values = our_values(sign, hash, folder.path());
            key.verify()
                .arg(folder.path().join("interop_1.deb"))
                .ok()
                .says("3 good");
            let file = folder.path().join("file");
            for ((_, content), value) in FILES.into_iter().zip(values) {
                fs::write(&file, content).unwrap();
                assert!(evmctl_takes(&file, &value, &key), "{kind} {hash}");
            }
        }
    }
}

/// Trees, resigning, and signing in two steps.
#[test]
fn every_command_that_signs_takes_it() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa2048");
    let (uri, old) = (token.uri("rsa2048"), scratch());
    let old = TestKey::new("rsa3072", old.path());
    let (pool, tree, expected) = (scratch(), scratch(), scratch());
    package("x", 3, pool.path());
    let detached = |run: crate::support::Run, tree: &tempfile::TempDir| {
        let run = run.args(["--detached", "-o"]).arg(tree.path());
        run.arg(pool.path()).ok();
    };
    detached(key.sign(), &expected);
    detached(token.dpkg_ima("sign", &uri, &key.certificate), &tree);
    assert_eq!(lists(tree.path()), lists(expected.path()));

    let resigned = scratch();
    detached(old.sign(), &resigned);
    let run = token.dpkg_ima("resign", &uri, &key.certificate);
    let run = run.arg("--from-cert").arg(&old.certificate);
    run.arg(resigned.path()).ok();
    assert_eq!(lists(resigned.path()), lists(expected.path()));

    let (digests, made) = (pool.path().join("digests"), pool.path().join("made"));
    let run = crate::support::Run::dpkg_ima().arg("digests").arg("-o");
    run.arg(&digests).arg(pool.path()).ok();
    let run = token.dpkg_ima("sign-digests", &uri, &key.certificate);
    run.arg("-o").arg(&made).arg(&digests).ok();
    let attached = scratch();
    let run = crate::support::Run::dpkg_ima().args(["attach", "--cert"]);
    detached(run.arg(&key.certificate).arg(&made), &attached);
    assert_eq!(lists(attached.path()), lists(expected.path()));
}

#[test]
fn each_thread_has_a_session_and_the_user_is_logged_in_once() {
    let (token, key) = SoftHsm::with_key("mirror", "rsa4096");
    let (pool, out, spy) = (scratch(), scratch(), Spy::new());
    package("x", 40, pool.path());
    let pin = token.pin_file(crate::support::PIN);
    let uri = format!(
        "pkcs11:object=rsa4096?module-name=pkcs11-spy&pin-source={}",
        pin.to_str().unwrap()
    );
    let run = token.dpkg_ima("sign", &uri, &key.certificate);
    let run = spy.on(run).env("RAYON_NUM_THREADS", "4").arg("-o");
    let run = run.arg(out.path()).arg(pool.path()).ok();
    run.says("40 signatures made");
    let sessions = spy.count(": C_OpenSession");
    assert!((2..=4).contains(&sessions), "{sessions}");
    assert_eq!(spy.count(": C_CloseSession"), sessions);
    assert_eq!(spy.count(": C_Login"), 1);
    assert_eq!(spy.count(": C_Finalize"), 1);
}
