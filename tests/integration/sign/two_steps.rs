//! The key is elsewhere: digests are written down, signed there, and attached. The result is that of one step.

use std::fs;
use std::path::{Path, PathBuf};

use super::detached::{lists, pool};
use crate::packages;
use crate::support::{DebBuilder, Run, TestKey, scratch};

/// A folder with the two files that are carried.
struct Carried {
    folder: tempfile::TempDir,
}

impl Carried {
    /// The digests of those packages; options may be given.
    fn of(pool: &Path, options: &[&str]) -> Self {
        let new = Self { folder: scratch() };
        let run = Run::dpkg_ima().arg("digests").args(options).arg("-o");
        run.arg(new.digests()).arg(pool).ok().says_nothing();
        new
    }

    fn digests(&self) -> PathBuf {
        self.folder.path().join("digests")
    }

    fn signatures(&self) -> PathBuf {
        self.folder.path().join("signatures")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.digests()).unwrap()
    }

    fn sign(&self, key: &TestKey) -> Run {
        let run = Run::dpkg_ima().arg("sign-digests").arg("--key");
        let run = run.arg(&key.key).arg("--cert").arg(&key.certificate);
        run.arg("-o").arg(self.signatures()).arg(self.digests())
    }

    /// As evmctl signs them.
    fn sign_with_evmctl(&self, key: &TestKey, hash: &str) {
        let run = Run::new("evmctl").args(["sign_hash", "-a", hash, "--key"]);
        let run = run.arg(&key.key).arg("--keyid-from-cert");
        let run = run.arg(&key.certificate).input(self.text());
        fs::write(self.signatures(), run.ok().bytes()).unwrap();
    }

    fn attach(&self, key: &TestKey, options: &[&str]) -> Run {
        let run = Run::dpkg_ima().args(["attach", "--cert"]);
        let run = run.arg(&key.certificate).arg(self.signatures());
        run.args(options)
    }
}

/// Packages that `sign` makes, and that two steps make, are the same, and so are trees.
#[track_caller]
fn ensure_same(pool: &Path, key: &TestKey, options: &[&str], sign: impl Fn(&Carried)) {
    let carried = Carried::of(pool, options);
    sign(&carried);
    for detached in [&[][..], &["--detached"]] {
        let (expected, made) = (scratch(), scratch());
        let run = key.sign().args(options).args(detached).arg("-o");
        run.arg(expected.path()).arg(pool).ok();
        let run = carried.attach(key, options).args(detached).arg("-o");
        run.arg(made.path()).arg(pool).ok();
        let (expected, made) = (lists(expected.path()), lists(made.path()));
        assert!(!expected.is_empty());
        assert!(expected == made, "{options:?} {detached:?}");
    }
}

#[test]
fn it_is_what_sign_makes_byte_for_byte() {
    let (pool, folder) = (pool(), scratch());
    for kind in ["rsa2048", "rsa4096"] {
        let key = TestKey::new(kind, folder.path());
        for hash in ["sha256", "sha384", "sha512"] {
            let options = ["--files", "all", "--hash", hash];
            ensure_same(pool.path(), &key, &options, |carried| {
                carried.sign(&key).ok().says("signed ");
            });
            ensure_same(pool.path(), &key, &options, |carried| {
                carried.sign_with_evmctl(&key, hash);
            });
        }
    }
}

#[test]
fn of_debians_own_packages_too() {
    let real = scratch();
    for name in ["bash_", "coreutils_", "dpkg_", "libc6_"] {
        for deb in packages::debs(packages::pool(), name) {
            let name = deb.file_name().unwrap();
            std::os::unix::fs::symlink(&deb, real.path().join(name)).unwrap();
        }
    }
    let key = TestKey::shared();
    ensure_same(real.path(), key, &[], |carried| {
        assert!(carried.text().lines().count() > 300);
        carried.sign(key).ok();
    });
}

#[test]
fn with_ecdsa_it_verifies() {
    let (pool, folder, out) = (pool(), scratch(), scratch());
    let key = TestKey::new("p256", folder.path());
    let carried = Carried::of(pool.path(), &[]);
    carried.sign(&key).ok().says("signed 2 digests");
    let run = carried.attach(&key, &["-o"]).arg(out.path());
    run.arg(pool.path())
        .ok()
        .says("signed 2 packages: 3 files, 2 signatures made, 0 kept");
    for (path, _) in lists(out.path()) {
        key.verify().arg(out.path().join(path)).ok();
    }
}

#[test]
fn each_digest_is_there_once_and_sorted_whatever_the_order() {
    let pool = pool();
    let carried = Carried::of(pool.path(), &[]);
    let text = carried.text();
    let lines: Vec<_> = text.lines().collect();
    // Two of the three files have one content.
    assert_eq!(lines.len(), 2);
    assert!(lines.is_sorted());
    for line in &lines {
        let words: Vec<_> = line.split(' ').collect();
        assert_eq!((words[0].len(), words[1], words.len()), (64, "sha256", 3));
    }
    assert!(text.contains(" sha256 libx_2.deb/usr/lib/x/run\n"));
    let run = Run::dpkg_ima().arg("digests").arg(pool.path()).ok();
    assert_eq!(run.stdout(), text);
    let mut reversed: Vec<_> = packages::debs(pool.path(), "");
    reversed.reverse();
    let run = Run::dpkg_ima().arg("digests").args(reversed).ok();
    assert_eq!(run.stdout(), text);
    fs::write(pool.path().join("bad.deb"), "none").unwrap();
    let run = Run::dpkg_ima().arg("digests").arg(pool.path()).exits(2);
    assert!(run.stdout().ends_with(&text));
    run.says("cannot read '").says("bad.deb': ");
}

#[test]
fn what_has_no_signature_is_named_and_stays() {
    let (pool, folder) = (pool(), scratch());
    let key = TestKey::shared();
    let carried = Carried::of(&pool.path().join("libx_2.deb"), &[]);
    carried.sign(key).ok();
    let hello = packages::debs(pool.path(), "hello").remove(0);
    let before = fs::read(&hello).unwrap();
    let run = carried.attach(key, &["--in-place"]).arg(pool.path());
    run.exits(2)
        .says("signed 1 package:")
        .says("hello_1:1.0.deb': there is no signature by this key over sha256:")
        .says("hint: 'dpkg-ima digests'");
    assert_eq!(fs::read(&hello).unwrap(), before);
    // Nor by the key of another certificate; nor in a tree.
    let other = TestKey::new("rsa3072", folder.path());
    let tree = scratch();
    let run = carried.attach(&other, &["--detached", "-o"]);
    run.arg(tree.path())
        .arg(pool.path())
        .exits(2)
        .says("there is no signature by this key");
    assert!(lists(tree.path()).is_empty());
}

#[test]
fn a_signature_that_is_forged_or_garbage_is_attached_nowhere() {
    let (pool, out) = (pool(), scratch());
    let key = TestKey::shared();
    let carried = Carried::of(pool.path(), &[]);
    carried.sign(key).ok();
    let good = fs::read_to_string(carried.signatures()).unwrap();
    let lines: Vec<_> = good.lines().collect();
    let end = |line: &str| line.rsplit_once(' ').unwrap().1.to_owned();
    // Each digest with the signature over the other.
    let swapped = good
        .replace(&end(lines[0]), "~")
        .replace(&end(lines[1]), &end(lines[0]))
        .replace('~', &end(lines[1]));
    for (text, message) in [
        (swapped, "does not verify by the certificate"),
        (
            good.replace("AwIE", "AwIG"),
            "line 1: security.ima: over sha512, but the digest is sha256",
        ),
        (
            good[..good.len() - 1].to_owned(),
            "line 2: it does not end in a line feed",
        ),
        (carried.text(), "line 1: it does not end with a signature"),
        (
            "\u{1b}[31m\n".into(),
            "line 1: a byte outside printable ASCII",
        ),
        (String::new(), "there is no signature by this key"),
    ] {
        fs::write(carried.signatures(), text).unwrap();
        let run = carried.attach(key, &["-o"]).arg(out.path());
        run.arg(pool.path()).exits(2).says(message);
        assert!(lists(out.path()).is_empty());
    }
}

#[test]
fn a_file_of_signatures_is_there_whole_or_not_at_all() {
    let pool = pool();
    let carried = Carried::of(pool.path(), &[]);
    let text = carried.text();
    fs::write(carried.digests(), format!("{text}garbage\n")).unwrap();
    let run = carried.sign(TestKey::shared()).exits(2);
    run.says("digests': line 3: it does not begin with a digest");
    let left = fs::read_dir(carried.folder.path()).unwrap();
    assert_eq!(left.count(), 1);
    fs::remove_file(carried.digests()).unwrap();
    nix::unistd::mkfifo(&carried.digests(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    carried.sign(TestKey::shared()).exits(2);
    let deb = DebBuilder::new("empty", "1").build(pool.path());
    let run = Run::dpkg_ima().arg("digests").arg(&deb).ok();
    run.says_nothing();
}
