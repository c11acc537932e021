//! The key is exchanged: of trees without the packages, and of packages without touching their data.

use std::fs;
use std::path::Path;

use super::detached::{LIBRARY, lists, pool, sign};
use crate::support::{DebBuilder, Run, TestKey, scratch};

pub struct Keys {
    pub old: &'static TestKey,
    pub new: TestKey,
    _folder: tempfile::TempDir,
}

impl Keys {
    pub fn new(kind: &str) -> Self {
        let folder = scratch();
        Self {
            old: TestKey::shared(),
            new: TestKey::new(kind, folder.path()),
            _folder: folder,
        }
    }

    /// Further options may be added.
    pub fn resign(&self, what: &Path) -> Run {
        let run = Run::dpkg_ima().args(["resign", "--from-cert"]);
        let run = run.arg(&self.old.certificate).arg("--key");
        let run = run.arg(&self.new.key).arg("--cert");
        run.arg(&self.new.certificate).arg(what)
    }
}

#[test]
fn a_tree_is_what_the_new_key_would_have_made_of_the_packages() {
    let keys = Keys::new("rsa3072");
    let (pool, old, new, expected) = (pool(), scratch(), scratch(), scratch());
    sign(keys.old, old.path(), pool.path()).ok();
    sign(&keys.new, expected.path(), pool.path()).ok();
    let before = lists(old.path());
    let resign = || keys.resign(old.path()).arg("-o").arg(new.path());
    resign()
        .ok()
        .says("signed 2 packages: 3 files, 2 signatures made, 0 kept");
    assert_eq!(lists(new.path()), lists(expected.path()));
    assert_eq!(lists(old.path()), before);
    resign().ok().says("2 packages up to date");
    // In place; and signing goes on with either, and reads no package again.
    keys.resign(old.path()).ok().says("signed 2 packages");
    assert_eq!(lists(old.path()), lists(expected.path()));
    for tree in [&old, &new] {
        let run = sign(&keys.new, tree.path(), pool.path()).ok();
        run.says("2 packages up to date");
    }
}

#[test]
fn the_old_tree_is_only_read_and_each_shard_goes_on_with_the_new_one() {
    let keys = Keys::new("p256");
    let (pool, old, new) = (pool(), scratch(), scratch());
    sign(keys.old, old.path(), pool.path()).ok();
    let [from, to] = [&old, &new].map(|tree| tree.path().join(".dpkg-ima"));
    fs::copy(from.join("signed"), from.join("signed.1-of-2")).unwrap();
    fs::remove_file(from.join("lock")).unwrap();
    let resign = || keys.resign(old.path()).arg("-o").arg(new.path());
    resign().ok();
    assert!(!from.join("lock").exists());
    for journal in ["signed", "signed.1-of-2"] {
        let bytes = [&from, &to].map(|folder| fs::read(folder.join(journal)).unwrap());
        assert!(bytes[1].starts_with(&bytes[0]), "{journal}");
    }
    // As `fetch -o` makes it.
    fs::remove_dir_all(&from).unwrap();
    resign().ok().says("2 packages up to date");
    assert!(!from.exists());
}

#[test]
fn where_it_was_interrupted_it_goes_on() {
    let keys = Keys::new("p256");
    let (pool, old, new) = (pool(), scratch(), scratch());
    sign(keys.old, old.path(), pool.path()).ok();
    let resign = || keys.resign(old.path()).arg("-o").arg(new.path());
    resign().ok();
    let first = lists(new.path());
    fs::remove_file(new.path().join(LIBRARY)).unwrap();
    let run = resign().ok();
    run.says("signed 1 package").says("1 package up to date");
    // ECDSA signs differently each time: what was there is kept.
    assert_eq!(lists(new.path()).len(), first.len());
    assert_eq!(lists(new.path())[0], first[0]);
}

#[test]
fn what_no_key_vouches_for_is_named_and_stays() {
    let keys = Keys::new("rsa2048");
    let (pool, tree) = (pool(), scratch());
    let folder = scratch();
    let third = TestKey::new("p384", folder.path());
    sign(keys.old, tree.path(), pool.path()).ok();
    let other = scratch();
    sign(&third, other.path(), pool.path()).ok();
    fs::copy(other.path().join(LIBRARY), tree.path().join(LIBRARY)).unwrap();
    let before = fs::read(tree.path().join(LIBRARY)).unwrap();
    let run = keys.resign(tree.path()).exits(2);
    run.says("signed 1 package:")
        .says("libx_2_all.imasigs.zst': 'usr/lib/x/run': its signature is by none of these keys");
    assert_eq!(fs::read(tree.path().join(LIBRARY)).unwrap(), before);
    fs::write(tree.path().join(LIBRARY), "garbage").unwrap();
    keys.resign(tree.path())
        .exits(2)
        .says("cannot decompress it");
    // Nothing is read with a certificate that is none.
    let run = Run::dpkg_ima()
        .args(["resign", "--from-cert"])
        .arg(&keys.old.key);
    let run = run.arg("--key").arg(&keys.new.key).arg("--cert");
    let run = run.arg(&keys.new.certificate).arg(tree.path());
    run.exits(2).says("cannot use the certificate");
}

#[test]
fn of_packages_all_but_the_list_stays() {
    let keys = Keys::new("rsa2048");
    let (pool, signed, new) = (pool(), scratch(), scratch());
    let unsigned = scratch();
    let unsigned = DebBuilder::new("unsigned", "1").build(unsigned.path());
    keys.old
        .sign()
        .arg("-o")
        .arg(signed.path())
        .arg(pool.path())
        .ok();
    let run = keys.resign(signed.path()).arg("-o").arg(new.path()).ok();
    run.says("signed 2 packages: 3 files, 2 signatures made");
    let expected = scratch();
    keys.new
        .sign()
        .arg("-o")
        .arg(expected.path())
        .arg(pool.path())
        .ok();
    assert_eq!(lists(new.path()), lists(expected.path()));
    let run = keys.resign(signed.path()).ok();
    run.says("signed 2 packages");
    assert_eq!(lists(signed.path()), lists(expected.path()));
    keys.resign(signed.path())
        .ok()
        .says("2 packages up to date");
    let run = keys.resign(&unsigned).exits(2);
    run.says("it has no signature list");
}
