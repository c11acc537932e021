//! A pool that is signed into another folder, again whenever it changes: what is up to date is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::detached::{lists, pool};
use crate::support::{DebBuilder, Run, TestKey, kill_once, scratch};

fn sign(key: &TestKey, out: &Path, pool: &Path) -> Run {
    key.sign().arg("-o").arg(out).arg(pool)
}

/// The file at that path is another one after each rename.
fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn an_output_folder_within_the_pool_is_not_signed_into_itself() {
    let pool = pool();
    let out = pool.path().join("deeper/signed");
    fs::create_dir_all(&out).unwrap();
    let key = TestKey::shared();
    let left_out = "1 output folder";
    sign(key, &out, pool.path())
        .ok()
        .says("signed 2 packages")
        .says(left_out);
    let first = lists(&out);
    let again = || sign(key, &out, pool.path());
    again()
        .ok()
        .says("2 packages up to date")
        .does_not_say("signed");
    again().arg("--prune").ok().does_not_say("removed");
    assert_eq!(lists(&out), first);
}

#[test]
fn what_a_run_that_was_killed_left_is_removed() {
    let (pool, key) = (pool(), TestKey::shared());
    let left = pool.path().join(".dpkg-ima.abc123");
    let debs = || fs::read_dir(pool.path()).unwrap().count();
    let expected = debs();
    let tree = scratch();
    for run in [
        key.sign().arg("--in-place").arg(pool.path()),
        Run::dpkg_ima()
            .args(["strip", "--in-place"])
            .arg(pool.path()),
        Run::dpkg_ima()
            .arg("digests")
            .arg("-o")
            .arg(pool.path().join("x"))
            .arg(tree.path()),
    ] {
        fs::write(&left, "half a package").unwrap();
        run.ok();
        assert!(!left.exists());
    }
    assert_eq!(debs(), expected + 1);
}

#[test]
fn what_is_up_to_date_is_left_alone() {
    let (pool, out) = (pool(), scratch());
    let deeper = pool.path().join("deeper");
    fs::create_dir(&deeper).unwrap();
    DebBuilder::with_program("x", "1").build(&deeper);
    let key = TestKey::shared();
    let again = || sign(key, out.path(), pool.path()).ok();
    again().says("signed 3 packages");
    let first = lists(out.path());
    assert_eq!(first[0].0, Path::new("deeper/x_1.deb"));
    let x = out.path().join("deeper/x_1.deb");
    let before = inode(&x);
    again().says("3 packages up to date").does_not_say("signed");
    // Touched, but not changed: its digest tells.
    Run::new("touch").arg(deeper.join("x_1.deb")).ok();
    again().says("3 packages up to date");
    assert_eq!(inode(&x), before);
    // A package that is lost, damaged or exchanged is made again.
    fs::remove_file(&x).unwrap();
    let libx = out.path().join("libx_2.deb");
    let whole = fs::read(&libx).unwrap();
    fs::write(&libx, &whole[..whole.len() - 1]).unwrap();
    fs::copy(
        pool.path().join("hello_1:1.0.deb"),
        out.path().join("hello_1:1.0.deb"),
    )
    .unwrap();
    again().says("signed 3 packages");
    assert_eq!(lists(out.path()), first);
    // Of a package that has changed, the signatures of what stayed are kept.
    DebBuilder::with_program("x", "1")
        .file("/usr/bin/y", "#!/bin/sh\n", 0o755)
        .build(&deeper);
    again()
        .says("signed 1 package: 2 files, 1 signature made, 1 kept")
        .says("2 packages up to date");
}

#[test]
fn options_and_the_key_are_part_of_it() {
    let (pool, out, folder) = (pool(), scratch(), scratch());
    let key = TestKey::shared();
    let run = || sign(key, out.path(), pool.path());
    run().ok().says("signed 2 packages");
    let options = || run().args(["--files", "all", "--hash", "sha512"]);
    options().ok().says("signed 2 packages");
    options().ok().says("2 packages up to date");
    run()
        .arg("--drop-signatures")
        .ok()
        .says("signed 2 packages");
    // What was made with these options is not there any more.
    run().ok().says("signed 2 packages");
    run().ok().says("2 packages up to date");
    let other = TestKey::new("p256", folder.path());
    let run = || sign(&other, out.path(), pool.path()).ok();
    run().says("signed 2 packages");
    run().says("2 packages up to date");
}

/// The package of the day before yesterday is not that of yesterday.
#[test]
fn a_package_that_is_as_it_was_before_it_changed_is_made_again() {
    let (pool, out, built) = (scratch(), scratch(), scratch());
    // The two have one time, so their sizes must not be the same by chance.
    let build = |name: &str, lines: usize| {
        let folder = built.path().join(name);
        fs::create_dir(&folder).unwrap();
        let lines: String = (0..lines).map(|line| format!("# {line}\n")).collect();
        let script = format!("#!/bin/sh\n{lines}");
        let deb = DebBuilder::new("x", "1").file("/usr/bin/x", script, 0o755);
        deb.build(&folder)
    };
    let (one, another) = (build("one", 1), build("another", 500));
    let publish = |deb: &Path| {
        let place = pool.path().join("x_1.deb");
        fs::copy(deb, &place).unwrap();
        Run::new("touch").args(["-d", "2026-01-01"]).arg(place).ok();
    };
    for options in [&[][..], &["--detached"]] {
        let run = || {
            sign(TestKey::shared(), out.path(), pool.path())
                .args(options)
                .ok()
        };
        publish(&one);
        run().says("signed 1 package");
        let first = lists(out.path());
        publish(&another);
        run().says("signed 1 package");
        assert_ne!(lists(out.path()), first);
        publish(&one);
        run().says("signed 1 package");
        assert_eq!(lists(out.path()), first);
    }
}

#[test]
fn single_packages_are_just_signed() {
    let (pool, out) = (pool(), scratch());
    let libx = pool.path().join("libx_2.deb");
    let key = TestKey::shared();
    for _ in 0..2 {
        sign(key, out.path(), &libx).ok().says("signed 1 package");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }
    // Unless the folder has the packages of a pool.
    sign(key, out.path(), pool.path())
        .ok()
        .says("signed 2 packages");
    sign(key, out.path(), &libx)
        .ok()
        .says("1 package up to date");
    // A folder that cannot be the output gets nothing.
    let before = lists(pool.path());
    let run = sign(key, pool.path(), pool.path()).exits(2);
    run.says("the output would replace the input");
    assert!(!pool.path().join(".dpkg-ima").exists());
    assert_eq!(lists(pool.path()), before);
    let run = sign(key, &pool.path().join("none"), pool.path());
    run.exits(2).says("none' does not exist");
}

#[test]
fn packages_that_are_gone_are_dropped_on_demand_and_nothing_else() {
    let (pool, out) = (pool(), scratch());
    let deeper = pool.path().join("a/b");
    fs::create_dir_all(&deeper).unwrap();
    for name in ["x", "y"] {
        DebBuilder::with_program(name, "1").build(&deeper);
    }
    let key = TestKey::shared();
    let again = || sign(key, out.path(), pool.path());
    again().ok();
    let signed = |name: &str| out.path().join(name);
    let others = [signed("a/z_1.deb"), signed("a/b/y_1.deb"), signed("README")];
    // Put there by somebody else, one in place of ours.
    for other in &others {
        fs::write(other, "other").unwrap();
    }
    fs::remove_dir_all(&deeper).unwrap();
    again().ok().does_not_say("removed");
    // Nothing is removed while it is not known what all packages are.
    let libx = pool.path().join("libx_2.deb");
    let aside = pool.path().join("aside");
    fs::rename(&libx, &aside).unwrap();
    fs::write(&libx, "no package").unwrap();
    let run = again().arg("--prune").exits(2);
    run.says("no package was removed: not all")
        .says("libx_2.deb");
    let empty = scratch();
    let run = sign(key, out.path(), empty.path()).arg("--prune").ok();
    run.says("no package was removed: no package was found");
    assert!(signed("a/b/x_1.deb").exists());
    fs::rename(&aside, &libx).unwrap();
    again().arg("--prune").ok().says("removed 1 package");
    assert!(!signed("a/b/x_1.deb").exists());
    for other in &others {
        assert_eq!(fs::read(other).unwrap(), b"other");
    }
    fs::remove_file(&others[1]).unwrap();
    again().arg("--prune").ok().does_not_say("removed");
    let run = TestKey::shared().sign().args(["--in-place", "--prune"]);
    run.arg(pool.path()).exits(2).says("cannot be used with");
}

/// The journal is a file like any other: what it says is not believed.
#[test]
fn a_journal_of_lies_removes_nothing_and_skips_nothing() {
    let (pool, out) = (pool(), scratch());
    let key = TestKey::shared();
    sign(key, out.path(), pool.path()).ok();
    let first = lists(out.path());
    let journal = out.path().join(".dpkg-ima/packages");
    let victim = pool.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let metadata = fs::metadata(&victim).unwrap();
    let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
    let mut lies = String::from("garbage\n\u{1b}[31m a b c\n:::: : : :\n");
    let beside = Path::new("..").join(pool.path().file_name().unwrap());
    let beside = beside.join("victim");
    assert!(out.path().join(&beside).exists());
    for path in [victim.to_str().unwrap(), beside.to_str().unwrap(), "/", ""] {
        let word = format!("{path}:8:{seconds}:{nanoseconds}");
        lies += &format!("{word} executable,sha256,keep sha256:00 8 1.0 victim\n");
    }
    for text in [lies.into_bytes(), vec![0xff; 10_000], b"cut".to_vec()] {
        fs::write(&journal, text).unwrap();
        let run = sign(key, out.path(), pool.path()).arg("--prune").outcome();
        assert_eq!(lists(out.path()), first, "{run}");
        assert!(victim.exists());
    }
    fs::remove_file(&journal).unwrap();
    let run = sign(key, out.path(), pool.path()).ok();
    run.says("3 files, 0 signatures made, 2 kept");
}

/// That a package was made is not believed because another one is there.
#[test]
fn a_journal_that_takes_one_package_for_another_skips_nothing() {
    let (pool, key) = (pool(), TestKey::shared());
    for lost in ["hello_1:1.0.deb", "libx_2.deb"] {
        let out = scratch();
        sign(key, out.path(), pool.path()).ok();
        let first = lists(out.path());
        let journal = out.path().join(".dpkg-ima/packages");
        let truth = fs::read_to_string(&journal).unwrap();
        fs::write(&journal, exchanged(&truth)).unwrap();
        fs::remove_file(out.path().join(lost)).unwrap();
        let run = sign(key, out.path(), pool.path()).ok();
        assert!(lists(out.path()) == first, "{lost}: {run}");
    }
}

/// A journal by which each of two packages was made of the other one's file, with its own options, size and time.
fn exchanged(journal: &str) -> String {
    let lines: Vec<_> = journal
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    let [(one, of_one), (another, of_another)] = lines[..] else {
        panic!("not of two packages: {journal}");
    };
    format!("{another} {of_one}\n{one} {of_another}\n")
}

/// Packages at a place, however many there are.
fn packages(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

/// Killed again and again, each time when it is one package further: the folder is in the end what one run makes, and has
/// nothing besides. ECDSA makes another signature each time, so that a package is not signed twice either.
#[test]
fn killed_at_any_point_and_run_again_it_ends_the_same() {
    const PACKAGES: usize = 24;
    let (pool, out, folder) = (scratch(), scratch(), scratch());
    fs::create_dir(pool.path().join("x")).unwrap();
    for number in 0..PACKAGES {
        let name = format!("x{number}");
        let deb = (0..20).fold(DebBuilder::new(&name, "1"), |deb, file| {
            let script = format!("#!/bin/sh\necho {number} {file}\n");
            deb.file(&format!("/usr/bin/{name}-{file}"), script, 0o755)
        });
        deb.build(&pool.path().join("x"));
    }
    let key = TestKey::new("p256", folder.path());
    let made = out.path().join("x");
    fs::create_dir(&made).unwrap();
    let mut before: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let mut kills = 0;
    for number in 1..PACKAGES {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpkg-ima"));
        command.arg("sign").arg("--key").arg(&key.key);
        command.arg("--cert").arg(&key.certificate).arg("-o");
        command.arg(out.path()).arg(pool.path());
        kills += usize::from(kill_once(command, || packages(&made) >= number));
        let now: BTreeMap<_, _> = lists(out.path()).into_iter().collect();
        for (path, content) in &before {
            assert_eq!(now.get(path), Some(content), "{path:?} was made again");
        }
        before = now;
        for path in before.keys() {
            key.verify().arg(out.path().join(path)).ok().says("20 good");
        }
    }
    assert!(kills > PACKAGES / 4, "{kills} kills");
    fs::write(out.path().join(".dpkg-ima/unfinished.x"), "cut off").unwrap();
    sign(&key, out.path(), pool.path()).ok();
    for (path, content) in lists(out.path()) {
        assert_eq!(before.get(&path).unwrap_or(&content), &content);
    }
    let all = Run::new("find")
        .arg(out.path())
        .args(["-type", "f", "-printf", "%P\n"]);
    let all = all.ok().stdout();
    let mut all: Vec<_> = all
        .lines()
        .filter(|path| !path.starts_with("x/x"))
        .collect();
    all.sort_unstable();
    assert_eq!(all, [".dpkg-ima/lock", ".dpkg-ima/packages"]);
    assert_eq!(packages(&made), PACKAGES);
    let run = sign(&key, out.path(), pool.path()).ok();
    run.says("24 packages up to date");
}

/// Where a folder of the output is on another filesystem, packages are written there.
#[test]
fn a_folder_of_the_output_may_be_on_another_filesystem() {
    let (pool, out) = (scratch(), scratch());
    fs::create_dir(pool.path().join("x")).unwrap();
    DebBuilder::with_program("x", "1").build(&pool.path().join("x"));
    let shm = tempfile::tempdir_in("/dev/shm").unwrap();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    assert_ne!(device(shm.path()), device(out.path()));
    std::os::unix::fs::symlink(shm.path(), out.path().join("x")).unwrap();
    let again = || sign(TestKey::shared(), out.path(), pool.path()).ok();
    again().says("signed 1 package");
    again().says("1 package up to date");
    assert!(shm.path().join("x_1.deb").exists());
}
