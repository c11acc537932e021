//! Our signatures against evmctl's and openssl's, both ways: what one makes the other takes, and what one refuses the other
//! refuses too.

use std::fs;
use std::path::Path;

use data_encoding::BASE64;

use crate::support::{DebBuilder, Run, TestKey, scratch};

/// Contents that differ in what they are: a program, text, nothing.
pub const FILES: [(&str, &[u8]); 3] = [
    ("/usr/bin/program", b"\x7fELF and more"),
    ("/usr/share/text", b"text\n"),
    ("/usr/share/empty", b""),
];

/// The value of `security.ima` that this `dpkg-ima sign` gives each of [`FILES`].
pub fn our_values(sign: Run, hash: &str, directory: &Path) -> Vec<Vec<u8>> {
    let mut deb = DebBuilder::new("interop", "1");
    for (path, content) in FILES {
        deb = deb.file(path, content, 0o644);
    }
    let deb = deb.build(directory);
    let sign = sign.args(["--files", "all", "--hash", hash]);
    sign.arg("--in-place").arg(&deb).ok();
    let list = Run::new("dpkg-deb").arg("-I").arg(&deb).arg("imasigs").ok();
    let list = list.stdout();
    let value = |(path, _): (&str, &[u8])| {
        let start = format!(".{path} ");
        let line = list.lines().find(|line| line.starts_with(&start));
        let line = line.unwrap_or_else(|| panic!("no {path} in\n{list}"));
        let (_, value) = line.split_once("security.ima=").expect("the key is there");
        BASE64.decode(value.as_bytes()).expect("it is base64")
    };
    FILES.map(value).to_vec()
}

/// `evmctl ima_verify` of a file with a signature beside it.
pub fn evmctl_takes(file: &Path, value: &[u8], key: &TestKey) -> bool {
    fs::write(with_sig(file), value).unwrap();
    let run = Run::new("evmctl").args(["ima_verify", "--sigfile", "--key"]);
    run.arg(&key.der).arg(file).outcome().code() == Some(0)
}

/// The verdict of `dpkg-ima verify` on a file that carries that value.
fn our_verdict(file: &Path, value: &[u8], key: &TestKey) -> String {
    xattr::set(file, "security.ima", value).expect("tests run as root, not on tmpfs");
    let outcome = key.verify().arg(file).outcome().stdout();
    let verdict = outcome.split(':').next().unwrap_or_default();
    verdict.to_owned()
}

fn with_sig(file: &Path) -> std::path::PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn evmctl_value(file: &Path, hash: &str, key: &TestKey) -> Vec<u8> {
    let run = Run::new("evmctl").args(["ima_sign", "--sigfile", "-a", hash, "-k"]);
    let run = run
        .arg(&key.key)
        .arg("--keyid-from-cert")
        .arg(&key.certificate);
    run.arg(file).ok();
    fs::read(with_sig(file)).unwrap()
}

fn openssl_payload(file: &Path, hash: &str, key: &TestKey) -> Vec<u8> {
    let run = Run::new("openssl").args(["dgst", &format!("-{hash}"), "-sign"]);
    run.arg(&key.key).arg(file).ok().bytes().to_vec()
}

#[test]
fn rsa_values_are_evmctls_and_openssls_byte_for_byte() {
    let directory = scratch();
    let file = directory.path().join("file");
    for kind in ["rsa2048", "rsa3072", "rsa4096"] {
        let key = TestKey::new(kind, directory.path());
        for hash in ["sha256", "sha384", "sha512"] {
            let values = our_values(key.sign(), hash, directory.path());
            for ((path, content), ours) in FILES.into_iter().zip(values) {
                fs::write(&file, content).unwrap();
                let case = format!("{kind} {hash} {path}");
                assert_eq!(ours, evmctl_value(&file, hash, &key), "{case}");
                assert_eq!(ours[9..], openssl_payload(&file, hash, &key), "{case}");
                assert!(evmctl_takes(&file, &ours, &key), "{case}");
            }
        }
    }
}

#[test]
fn ecdsa_values_verify_with_evmctl_and_openssl() {
    let directory = scratch();
    let file = directory.path().join("file");
    let payload = directory.path().join("payload");
    let public = directory.path().join("public");
    for kind in ["p256", "p384"] {
        let key = TestKey::new(kind, directory.path());
        let run = Run::new("openssl").args(["pkey", "-pubout", "-in"]);
        run.arg(&key.key).arg("-out").arg(&public).ok();
        for hash in ["sha256", "sha384", "sha512"] {
            let values = our_values(key.sign(), hash, directory.path());
            for ((_, content), ours) in FILES.into_iter().zip(values) {
                fs::write(&file, content).unwrap();
                fs::write(&payload, &ours[9..]).unwrap();
                assert!(evmctl_takes(&file, &ours, &key), "{kind} {hash}");
                let run = Run::new("openssl").args(["dgst", &format!("-{hash}"), "-verify"]);
                let run = run.arg(&public).arg("-signature").arg(&payload);
                run.arg(&file).ok().says("Verified OK");
            }
        }
    }
}

#[test]
fn evmctls_values_verify_with_ours() {
    let directory = scratch();
    let file = directory.path().join("file");
    fs::write(&file, "content").unwrap();
    for kind in ["rsa2048", "rsa4096", "p256", "p384"] {
        let key = TestKey::new(kind, directory.path());
        for hash in ["sha256", "sha512"] {
            let value = evmctl_value(&file, hash, &key);
            assert_eq!(our_verdict(&file, &value, &key), "good", "{kind} {hash}");
        }
    }
}

/// Every way to spoil a value that must be noticed, with our word for it.
fn spoiled(value: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let resized = |mut value: Vec<u8>| {
        let size = u16::try_from(value.len() - 9).unwrap();
        value[7..9].copy_from_slice(&size.to_be_bytes());
        value
    };
    let shorter = value[..value.len() - 1].to_vec();
    let longer = [value, &[0]].concat();
    let flipped = |at: usize| {
        let mut value = value.to_vec();
        value[at] ^= 1;
        value
    };
    vec![
        ("a bit of the payload's start", flipped(40), "altered"),
        (
            "a bit of its last byte",
            flipped(value.len() - 1),
            "altered",
        ),
        ("a byte less", shorter.clone(), "malformed"),
        ("a byte more", longer.clone(), "malformed"),
        ("a byte less, by its size too", resized(shorter), "altered"),
        ("a byte more, by its size too", resized(longer), "altered"),
        (
            "another hash algorithm",
            [&value[..2], &[6], &value[3..]].concat(),
            "altered",
        ),
        (
            "a version to come",
            [&value[..1], &[3], &value[2..]].concat(),
            "malformed",
        ),
    ]
}

#[test]
fn what_is_spoiled_is_refused_by_both() {
    let directory = scratch();
    let file = directory.path().join("file");
    fs::write(&file, "content").unwrap();
    for kind in ["rsa2048", "p256"] {
        let key = TestKey::new(kind, directory.path());
        let value = evmctl_value(&file, "sha256", &key);
        assert!(evmctl_takes(&file, &value, &key));
        for (how, spoiled, verdict) in spoiled(&value) {
            assert!(!evmctl_takes(&file, &spoiled, &key), "{kind}: {how}");
            assert_eq!(our_verdict(&file, &spoiled, &key), verdict, "{kind}: {how}");
        }
        fs::write(&file, "Content").unwrap();
        assert!(!evmctl_takes(&file, &value, &key), "{kind}: other content");
        assert_eq!(
            our_verdict(&file, &value, &key),
            "altered",
            "{kind}: other content"
        );
        fs::write(&file, "content").unwrap();
    }
}

#[test]
fn another_key_is_refused_by_both() {
    let directory = scratch();
    let file = directory.path().join("file");
    fs::write(&file, "content").unwrap();
    for kind in ["rsa2048", "p256"] {
        let key = TestKey::new(kind, directory.path());
        let other = scratch();
        let other = TestKey::new(kind, other.path());
        let value = evmctl_value(&file, "sha256", &key);
        assert!(!evmctl_takes(&file, &value, &other));
        let verdict = our_verdict(&file, &value, &other);
        assert!(verdict.starts_with("untrusted key "), "{verdict}");
        // The other key's signature under this key's name.
        let mut forged = evmctl_value(&file, "sha256", &other);
        forged[3..7].copy_from_slice(&value[3..7]);
        assert!(!evmctl_takes(&file, &forged, &key));
        assert_eq!(our_verdict(&file, &forged, &key), "altered");
    }
}
