//! Lists that go into a tree, while the packages stay as they are.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{DebBuilder, Run, TestKey, kill_once, scratch};

/// Where the first package of [`pool`] has its list.
pub const HELLO: &str = "h/hello/hello_1%3a1.0_all.imasigs.zst";
/// Where the second package has its list.
pub const LIBRARY: &str = "libx/libx/libx_2_all.imasigs.zst";

/// Two packages, three files, two contents.
pub fn pool() -> tempfile::TempDir {
    let pool = scratch();
    let hello = DebBuilder::new("hello", "1:1.0").file("/usr/bin/hello", "#!/bin/sh\n", 0o755);
    hello.control("postinst", "#!/bin/sh\n").build(pool.path());
    library("#!/bin/sh\necho 1\n").build(pool.path());
    pool
}

fn library(script: &str) -> DebBuilder {
    DebBuilder::new("libx", "2").file("/usr/lib/x/run", script, 0o755)
}

/// `dpkg-ima sign --detached`; options may be added.
pub fn sign(key: &TestKey, tree: &Path, pool: &Path) -> Run {
    let run = key.sign().args(["--detached", "-o"]).arg(tree);
    run.arg(pool)
}

/// All files of a tree but the private ones, with their content.
pub fn lists(tree: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let find = Run::new("find").arg(tree).args(["-type", "f"]);
    let found = find.args(["-not", "-path", "*/.dpkg-ima/*"]).ok().stdout();
    let mut files: Vec<_> = found.lines().map(PathBuf::from).collect();
    files.sort();
    let read = |path: PathBuf| {
        let within = path.strip_prefix(tree).unwrap().to_owned();
        (within, fs::read(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

#[test]
fn a_list_is_what_the_control_member_would_be() {
    let (pool, tree, signed) = (pool(), scratch(), scratch());
    let key = TestKey::shared();
    let before = lists(pool.path());
    let run = sign(key, tree.path(), pool.path()).ok();
    run.says("signed 2 packages: 3 files, 2 signatures made, 0 kept");
    assert_eq!(lists(pool.path()), before);
    let names: Vec<_> = lists(tree.path()).into_iter().map(|list| list.0).collect();
    assert_eq!(names, [Path::new(HELLO), Path::new(LIBRARY)]);
    key.sign()
        .arg("-o")
        .arg(signed.path())
        .arg(pool.path())
        .ok();
    for (deb, list) in [("hello", HELLO), ("libx", LIBRARY)] {
        let deb = fs::read_dir(signed.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().contains(deb))
            .unwrap();
        let member = Run::new("dpkg-deb").arg("-I").arg(deb).arg("imasigs").ok();
        let list = Run::new("zstd")
            .arg("-dcq")
            .arg(tree.path().join(list))
            .ok();
        assert_eq!(list.stdout(), member.stdout());
    }
}

#[test]
fn a_list_is_shown_and_verified_without_its_package() {
    let (pool, tree, folder) = (pool(), scratch(), scratch());
    let key = TestKey::shared();
    sign(key, tree.path(), pool.path()).ok();
    let list = tree.path().join(HELLO);
    let show = || Run::dpkg_ima().arg("show").arg(&list);
    show()
        .ok()
        .says(" ./DEBIAN/postinst")
        .says(" ./usr/bin/hello");
    key.verify().arg(&list).ok().says("2 good");
    let other = TestKey::new("rsa2048", folder.path());
    let run = other.verify().arg(&list).exits(1);
    run.says("2 untrusted key");
    fs::write(&list, "garbage").unwrap();
    show().exits(2).says("cannot decompress it");
    key.verify()
        .arg(&list)
        .exits(2)
        .says("cannot decompress it");
}

#[test]
fn what_is_up_to_date_is_left_alone() {
    let (pool, tree) = (pool(), scratch());
    let key = TestKey::shared();
    let again = || sign(key, tree.path(), pool.path()).ok();
    again().says("signed 2 packages");
    let first = lists(tree.path());
    again().says("2 packages up to date").does_not_say("signed");
    // Touched, but not changed: its digest tells.
    let deb = pool.path().join("libx_2.deb");
    Run::new("touch").arg(&deb).ok();
    again().says("2 packages up to date");
    // A list that is lost or damaged is made again.
    fs::remove_file(tree.path().join(HELLO)).unwrap();
    fs::write(tree.path().join(LIBRARY), "").unwrap();
    again().says("signed 2 packages");
    assert_eq!(lists(tree.path()), first);
    // Options are part of it, and so is the content.
    let all = sign(key, tree.path(), pool.path()).args(["--files", "all"]);
    all.ok().says("signed 2 packages");
    again().says("signed 2 packages");
    again().says("2 packages up to date");
    library("#!/bin/sh\necho 2\n").build(pool.path());
    again()
        .says("signed 1 package")
        .says("1 package up to date");
    // So is the key.
    let folder = scratch();
    let other = TestKey::new("p256", folder.path());
    let run = sign(&other, tree.path(), pool.path()).ok();
    run.says("signed 2 packages");
    let first = lists(tree.path());
    fs::remove_dir_all(tree.path().join(".dpkg-ima")).unwrap();
    let run = sign(&other, tree.path(), pool.path()).ok();
    run.says("0 signatures made, 2 kept");
    assert_eq!(lists(tree.path()), first);
}

#[test]
fn lists_of_packages_that_are_gone_are_dropped_on_demand() {
    let (pool, tree) = (pool(), scratch());
    let key = TestKey::shared();
    let again = || sign(key, tree.path(), pool.path());
    again().ok();
    let foreign = tree.path().join("h/hello/README");
    fs::write(&foreign, "").unwrap();
    let deb = pool.path().join("libx_2.deb");
    let aside = pool.path().join("aside");
    fs::rename(&deb, &aside).unwrap();
    again().ok().does_not_say("removed");
    // Nothing is removed while it is not known what all packages are.
    fs::write(&deb, "no package").unwrap();
    let run = again().arg("--prune").exits(2);
    run.says("no list was removed").says("libx_2.deb");
    fs::remove_file(&deb).unwrap();
    let empty = scratch();
    let run = sign(key, tree.path(), empty.path()).arg("--prune").ok();
    run.says("no list was removed: no package was found");
    assert_eq!(lists(tree.path()).len(), 3);
    let readers = || {
        fs::metadata(tree.path().join(".dpkg-ima/signed"))
            .unwrap()
            .mode()
    };
    let before = readers();
    again().arg("--prune").ok().says("removed 1 list");
    assert_eq!(readers(), before, "others may count what is there");
    assert!(!tree.path().join("libx").exists());
    assert!(foreign.exists());
    fs::rename(&aside, &deb).unwrap();
    again().ok().says("signed 1 package");
}

#[test]
fn two_packages_of_one_name_are_one_or_an_error() {
    let (pool, tree) = (pool(), scratch());
    let deb = pool.path().join("libx_2.deb");
    fs::copy(&deb, pool.path().join("same.deb")).unwrap();
    let run = sign(TestKey::shared(), tree.path(), pool.path()).ok();
    run.says("signed 2 packages");
    let other = scratch();
    let other = library("#!/bin/sh\necho 2\n").build(other.path());
    fs::copy(other, pool.path().join("other.deb")).unwrap();
    let run = sign(TestKey::shared(), tree.path(), pool.path()).exits(2);
    run.says("other.deb': '")
        .says("libx_2.deb' has the same name");
}

#[test]
fn nothing_is_written_by_a_key_of_another_certificate_or_outside_the_tree() {
    let (pool, tree, folder) = (pool(), scratch(), scratch());
    let other = TestKey::new("p256", folder.path());
    let run = Run::dpkg_ima().arg("sign").arg("--key").arg(&other.key);
    let run = run.arg("--cert").arg(&TestKey::shared().certificate);
    let run = run
        .args(["--detached", "-o"])
        .arg(tree.path())
        .arg(pool.path());
    run.exits(2).says("does not match the certificate");
    assert_eq!(fs::read_dir(tree.path()).unwrap().count(), 0);
    let run = sign(TestKey::shared(), &tree.path().join("none"), pool.path());
    run.exits(2).says("none' for the lists does not exist");
    let run = TestKey::shared().sign().args(["--detached", "--in-place"]);
    run.arg(pool.path()).exits(2).says("cannot be used with");
}

/// Killed again and again, wherever that falls: the tree is in the end what one run makes, and has nothing besides.
#[test]
fn killed_at_any_point_and_run_again_it_ends_the_same() {
    let (pool, whole, tree) = (scratch(), scratch(), scratch());
    for number in 0..24 {
        let name = format!("x{number}");
        let deb = (0..20).fold(DebBuilder::new(&name, "1"), |deb, file| {
            let script = format!("#!/bin/sh\necho {number} {file}\n");
            deb.file(&format!("/usr/bin/{name}-{file}"), script, 0o755)
        });
        deb.build(pool.path());
    }
    let key = TestKey::shared();
    sign(key, whole.path(), pool.path()).ok();
    let made = tree.path().join("x");
    let mut kills = 0;
    for number in 1..24 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpkg-ima"));
        command.arg("sign").arg("--key").arg(&key.key);
        command.arg("--cert").arg(&key.certificate);
        command.args(["--detached", "-o"]);
        command.args([tree.path(), pool.path()]);
        let is_far = || fs::read_dir(&made).is_ok_and(|lists| lists.count() >= number);
        kills += usize::from(kill_once(command, is_far));
    }
    assert!(kills > 6, "{kills} kills");
    fs::write(tree.path().join(".dpkg-ima/unfinished.x"), "cut off").unwrap();
    sign(key, tree.path(), pool.path()).ok();
    assert_eq!(lists(tree.path()), lists(whole.path()));
    let private = fs::read_dir(tree.path().join(".dpkg-ima")).unwrap();
    let mut private: Vec<_> = private.map(|entry| entry.unwrap().file_name()).collect();
    private.sort();
    assert_eq!(private, ["lock", "signed"]);
    sign(key, tree.path(), pool.path())
        .ok()
        .says("24 packages up to date");
}
