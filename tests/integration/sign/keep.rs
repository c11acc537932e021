//! While machines change over: `resign --keep` leaves the old key's signatures beside the new ones.

use std::fs;
use std::path::Path;

use data_encoding::BASE64;

use super::detached::{HELLO, LIBRARY, lists, pool, sign};
use super::resign::Keys;
use super::status::{counts, status};
use crate::interop::evmctl_takes;
use crate::support::{DebBuilder, Run, TestKey, scratch};

/// The lines of a list: the path, and the value of `security.ima`.
fn lines(list: &str) -> Vec<(String, Vec<u8>)> {
    let lines = list.lines().skip(1).map(|line| {
        let (path, rest) = line.split_once(' ').unwrap();
        let (_, value) = rest.split_once("security.ima=").unwrap();
        (path.to_owned(), BASE64.decode(value.as_bytes()).unwrap())
    });
    lines.collect()
}

fn list_in(tree: &Path, place: &str) -> String {
    let run = Run::new("zstd").arg("-dcq").arg(tree.join(place));
    run.ok().stdout()
}

fn list_of(deb: &Path) -> String {
    let run = Run::new("dpkg-deb").arg("-I").arg(deb).arg("imasigs");
    run.ok().stdout()
}

/// Each path twice, by either key, in the order of their ids; evmctl takes both signatures of that content.
#[track_caller]
fn has_both(list: &str, keys: &Keys, path: &str, content: &str) {
    let lines = lines(list);
    let paths: Vec<_> = lines.iter().map(|line| &line.0).collect();
    assert!(paths.chunks(2).all(|pair| pair[0] == pair[1]), "{paths:?}");
    let values: Vec<_> = lines.iter().filter(|line| line.0 == path).collect();
    let ids: Vec<_> = values.iter().map(|line| &line.1[3..7]).collect();
    assert!(ids.len() == 2 && ids[0] < ids[1], "{ids:?}");
    let folder = scratch();
    let file = folder.path().join("content");
    fs::write(&file, content).unwrap();
    for key in [keys.old, &keys.new] {
        let taken = values
            .iter()
            .filter(|line| evmctl_takes(&file, &line.1, key));
        assert_eq!(taken.count(), 1, "{path}");
    }
}

/// Good by either certificate, and by both; by no other.
#[track_caller]
fn is_good_by_either(target: &Path, keys: &Keys) {
    let folder = scratch();
    let other = TestKey::new("p384", folder.path());
    let both = keys.old.verify().arg("--cert").arg(&keys.new.certificate);
    for verify in [keys.old.verify(), keys.new.verify(), both] {
        let run = verify.arg("--json").arg(target).ok();
        let found = run.stdout();
        let mut paths: Vec<_> = found
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["file"].to_string()
            })
            .collect();
        let count = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), count, "each file once: {found}");
    }
    other.verify().arg(target).exits(1).says("untrusted key");
}

#[test]
fn a_tree_serves_machines_with_either_certificate() {
    let keys = Keys::new("rsa3072");
    let (pool, tree, expected) = (pool(), scratch(), scratch());
    sign(keys.old, tree.path(), pool.path()).ok();
    sign(&keys.new, expected.path(), pool.path()).ok();
    let keep = || keys.resign(tree.path()).arg("--keep");
    keep()
        .ok()
        .says("signed 2 packages: 3 files, 2 signatures made, 2 kept");
    let both = lists(tree.path());
    has_both(
        &list_in(tree.path(), LIBRARY),
        &keys,
        "./usr/lib/x/run",
        "#!/bin/sh\necho 1\n",
    );
    for list in [HELLO, LIBRARY] {
        is_good_by_either(&tree.path().join(list), &keys);
    }
    let shown = Run::dpkg_ima()
        .arg("show")
        .arg(tree.path().join(HELLO))
        .ok();
    assert_eq!(shown.stdout().lines().count(), 4, "{shown}");
    // Neither this nor signing by either key does it again.
    keep().ok().says("2 packages up to date");
    for key in [keys.old, &keys.new] {
        let run = sign(key, tree.path(), pool.path()).ok();
        run.says("2 packages up to date");
        let run = status(tree.path()).args(["--json", "--cert"]);
        let run = run.arg(&key.certificate).arg(pool.path()).ok();
        assert_eq!(counts(&run), [2, 0, 0]);
    }
    assert_eq!(lists(tree.path()), both);
    // At last the old key goes.
    keys.resign(tree.path())
        .ok()
        .says("0 signatures made, 2 kept");
    assert_eq!(lists(tree.path()), lists(expected.path()));
    let run = sign(keys.old, tree.path(), pool.path()).ok();
    run.says("signed 2 packages");
}

/// A package that is new meanwhile is signed by the old key, and gets the other's signature in the next round.
#[test]
fn it_goes_on_while_packages_come() {
    let keys = Keys::new("p256");
    let (pool, old, new) = (pool(), scratch(), scratch());
    let round = || {
        sign(keys.old, old.path(), pool.path()).ok();
        let run = keys.resign(old.path()).arg("--keep");
        run.arg("-o").arg(new.path()).ok()
    };
    round().says("signed 2 packages");
    let first = lists(new.path());
    let more = DebBuilder::with_program("more", "1");
    more.build(pool.path());
    round()
        .says("signed 1 package")
        .says("2 packages up to date");
    let second = lists(new.path());
    assert_eq!(second.len(), 3);
    assert!(first.iter().all(|list| second.contains(list)));
    let list = list_in(new.path(), "m/more/more_1_all.imasigs.zst");
    assert_eq!(lines(&list).len(), 2);
}

#[test]
fn a_package_serves_machines_with_either_certificate() {
    let keys = Keys::new("rsa3072");
    let (folder, expected, unsigned) = (scratch(), scratch(), scratch());
    let plain = DebBuilder::with_program("hello", "1").build(unsigned.path());
    let deb = keys.old.signed(&plain, folder.path());
    let expected = keys.new.signed(&plain, expected.path());
    let data = |deb: &Path| Run::new("dpkg-deb").arg("--fsys-tarfile").arg(deb).ok();
    let before = data(&deb).bytes().to_vec();
    let run = keys.resign(&deb).arg("--keep").ok();
    run.says("signed 1 package: 1 file, 1 signature made, 1 kept");
    assert_eq!(data(&deb).bytes(), before);
    let program = Run::new("dpkg-deb").arg("--fsys-tarfile").arg(&deb).ok();
    let program = Run::new("tar")
        .args(["-xO", "./usr/bin/hello"])
        .input(program.bytes().to_vec());
    let content = program.ok().stdout();
    has_both(&list_of(&deb), &keys, "./usr/bin/hello", &content);
    is_good_by_either(&deb, &keys);
    let run = keys.resign(&deb).arg("--keep").ok();
    run.says("1 package up to date");
    let run = keys.resign(&deb).ok();
    run.says("0 signatures made, 1 kept");
    assert_eq!(fs::read(&deb).unwrap(), fs::read(expected).unwrap());
}

/// What nobody here can verify does not stay unnoticed.
#[test]
fn what_stays_is_verified() {
    let (keys, folder) = (Keys::new("p256"), scratch());
    let third = TestKey::new("p384", folder.path());
    let (pool, tree) = (pool(), scratch());
    sign(keys.old, tree.path(), pool.path()).ok();
    keys.resign(tree.path()).arg("--keep").ok();
    let both = lists(tree.path());
    let next = || {
        let run = Run::dpkg_ima().args(["resign", "--from-cert"]);
        let run = run.arg(&keys.new.certificate).arg("--key");
        let run = run.arg(&third.key).arg("--cert");
        run.arg(&third.certificate).arg(tree.path())
    };
    let run = next().arg("--keep").exits(2);
    run.says("'usr/lib/x/run': its signature is by none of these keys");
    assert_eq!(lists(tree.path()), both);
    let run = next().args(["--keep", "--from-cert"]);
    run.arg(&keys.old.certificate)
        .ok()
        .says("2 signatures made, 4 kept");
    let list = list_in(tree.path(), LIBRARY);
    assert_eq!(lines(&list).len(), 3);
    // Control: where nothing stays, one key that vouches is enough.
    next().ok();
    assert_eq!(lines(&list_in(tree.path(), LIBRARY)).len(), 1);
}

#[test]
fn a_file_has_eight_signatures_at_most() {
    let (pool, tree, folder) = (pool(), scratch(), scratch());
    sign(TestKey::shared(), tree.path(), pool.path()).ok();
    let mut certificates = vec![TestKey::shared().certificate.clone()];
    for number in 2..=9 {
        let folder = folder.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        let key = TestKey::new("p256", &folder);
        let run = Run::dpkg_ima().args(["resign", "--keep", "--key"]);
        let mut run = run.arg(&key.key).arg("--cert").arg(&key.certificate);
        for certificate in &certificates {
            run = run.arg("--from-cert").arg(certificate);
        }
        let run = run.arg(tree.path());
        if number <= 8 {
            run.ok();
            certificates.push(key.certificate);
            continue;
        }
        let before = lists(tree.path());
        run.exits(2).says("one path has more than 8 signatures");
        assert_eq!(lists(tree.path()), before);
    }
    assert_eq!(lines(&list_in(tree.path(), LIBRARY)).len(), 8);
}
