//! A cache of signatures: what the key has signed once is not signed again, and a cache that is of no use stops nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::detached::{lists, pool};
use crate::support::{DebBuilder, Mount, Run, TestKey, hold_lock, kill_once, scratch};

/// A folder with a cache, and a folder for what is signed.
struct Cached {
    folder: tempfile::TempDir,
}

impl Cached {
    fn new() -> Self {
        Self { folder: scratch() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Signs a pool into a new folder of that name; arguments may be added.
    fn sign(&self, key: &TestKey, name: &str, pool: &Path) -> Run {
        let run = key.sign().arg("--cache").arg(self.file());
        run.arg("-o").arg(self.out(name)).arg(pool)
    }

    fn out(&self, name: &str) -> PathBuf {
        let out = self.folder.path().join(name);
        fs::create_dir_all(&out).unwrap();
        out
    }

    /// What a key makes of a pool without a cache.
    fn expected(&self, key: &TestKey, pool: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let out = self.out("expected");
        key.sign().arg("-o").arg(&out).arg(pool).ok();
        lists(&out)
    }
}

/// A version of a package, of whose files one is as in every version.
fn version(number: &str) -> tempfile::TempDir {
    let pool = scratch();
    let script = format!("#!/bin/sh\necho {number}\n");
    DebBuilder::new("x", number)
        .file("/usr/bin/same", "#!/bin/sh\n", 0o755)
        .file("/usr/bin/new", script, 0o755)
        .build(pool.path());
    pool
}

#[test]
fn of_the_next_version_only_what_is_new_is_signed() {
    let (one, two, cached) = (version("1"), version("2"), Cached::new());
    let key = TestKey::shared();
    let first = cached.sign(key, "one", one.path()).ok();
    first.says("2 signatures made").does_not_say("cache");
    let second = cached.sign(key, "two", two.path()).ok();
    second.says("1 of the signatures was in the cache");
    let expected = cached.expected(key, two.path());
    assert_eq!(lists(&cached.out("two")), expected);
    let last = cached.sign(key, "again", two.path()).ok();
    last.says("2 of the signatures were in the cache");
    assert_eq!(lists(&cached.out("again")), expected);
    // Another digest, and another key, is another signature.
    let sha512 = cached.sign(key, "sha512", two.path());
    let sha512 = sha512.args(["--hash", "sha512"]).ok();
    sha512.does_not_say("in the cache");
    let other = TestKey::new("p256", cached.folder.path());
    let run = || cached.sign(&other, "other", two.path()).arg("--detached");
    run().ok().does_not_say("in the cache");
    let ecdsa = lists(&cached.out("other"));
    fs::remove_dir_all(cached.out("other")).unwrap();
    run().ok().says("2 of the signatures were in the cache");
    assert_eq!(lists(&cached.out("other")), ecdsa);
}

#[test]
fn whatever_signs_has_it() {
    let (pool, cached) = (pool(), Cached::new());
    let (old, new) = (
        TestKey::shared(),
        TestKey::new("p384", cached.folder.path()),
    );
    let found = "2 of the signatures were in the cache";
    cached.sign(&new, "signed", pool.path()).ok();
    let tree = cached.out("tree");
    let run = old.sign().args(["--detached", "-o"]).arg(&tree);
    run.arg(pool.path()).ok();
    let with_key = |command| {
        let run = Run::dpkg_ima().arg(command).arg("--key").arg(&new.key);
        let run = run.arg("--cert").arg(&new.certificate);
        run.arg("--cache").arg(cached.file())
    };
    let run = with_key("resign").arg("--from-cert").arg(&old.certificate);
    run.arg(&tree).ok().says(found);
    let digests = cached.folder.path().join("digests");
    let run = Run::dpkg_ima().args(["digests", "-o"]).arg(&digests);
    run.arg(pool.path()).ok();
    let run = with_key("sign-digests").arg("-o");
    let run = run.arg(cached.folder.path().join("signatures"));
    run.arg(&digests).ok().says(found);
}

#[test]
fn what_is_no_good_cache_stops_nothing() {
    let (pool, cached) = (pool(), Cached::new());
    let key = TestKey::shared();
    let expected = cached.expected(key, pool.path());
    let file = cached.file();
    let signs = |name: &str, complaint: &str| {
        let run = cached.sign(key, name, pool.path()).ok();
        let errors = run.stderr();
        assert_eq!(errors.lines().count(), 2, "{errors}");
        run.says(complaint).says("hint: ").says("signed 2 packages");
        assert_eq!(lists(&cached.out(name)), expected);
    };
    fs::write(&file, "something else that is kept").unwrap();
    signs("foreign", "is no cache of signatures");
    assert_eq!(fs::read(&file).unwrap(), b"something else that is kept");
    fs::remove_file(&file).unwrap();
    cached.sign(key, "first", pool.path()).ok();
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    signs("writable", "others may write to the cache");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    chown(&file, Some(1234), None).unwrap();
    signs("owned", "belongs to the user 1234");
    chown(&file, Some(0), None).unwrap();
    let open = fs::File::options().write(true).open(&file).unwrap();
    open.write_all_at(b"x", 100).unwrap();
    signs("damaged", "dropped 1 damaged record");
    let length = open.metadata().unwrap().len();
    open.set_len(length - 1).unwrap();
    signs("cut", "dropped 1 damaged record");
    let run = cached.sign(key, "whole", pool.path()).ok();
    run.says("2 of the signatures were in the cache");
}

#[test]
fn a_cache_that_another_process_has_is_done_without() {
    let (pool, cached) = (pool(), Cached::new());
    let key = TestKey::shared();
    cached.sign(key, "first", pool.path()).ok();
    let before = fs::read(cached.file()).unwrap();
    let held = hold_lock(&cached.file());
    let run = cached.sign(key, "locked", pool.path()).ok();
    run.says("is in use by another process")
        .does_not_say("in the cache");
    drop(held);
    assert_eq!(fs::read(cached.file()).unwrap(), before);
    assert_eq!(lists(&cached.out("locked")), lists(&cached.out("first")));
}

#[test]
fn several_processes_at_once_leave_it_whole() {
    let (one, two, cached) = (version("1"), version("2"), Cached::new());
    let key = TestKey::shared();
    thread::scope(|scope| {
        for number in 0..8 {
            let pool = if number % 2 == 0 { &one } else { &two };
            let name = number.to_string();
            let run = cached.sign(key, &name, pool.path());
            scope.spawn(move || run.ok());
        }
    });
    let expected = cached.expected(key, two.path());
    for name in ["1", "3", "5", "7"] {
        assert_eq!(lists(&cached.out(name)), expected);
    }
    let last = || cached.sign(key, "last", two.path()).ok();
    last().does_not_say("damaged");
}

/// A package of 200 programs, as a pool.
fn many() -> tempfile::TempDir {
    let pool = scratch();
    let mut package = DebBuilder::new("x", "1");
    for number in 0..200 {
        let script = format!("#!/bin/sh\necho {number}\n");
        package = package.file(&format!("/usr/bin/{number}"), script, 0o755);
    }
    package.build(pool.path());
    pool
}

#[test]
fn what_was_signed_before_a_kill_is_found_after_it() {
    let (pool, cached) = (many(), Cached::new());
    let key = TestKey::shared();
    let length = || fs::metadata(cached.file()).map_or(0, |file| file.len());
    let mut kills = 0;
    for size in [10_000, 40_000, 70_000] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpkg-ima"));
        command.arg("sign").arg("--key").arg(&key.key);
        command.arg("--cert").arg(&key.certificate);
        command.arg("--cache").arg(cached.file());
        command.arg("-o").arg(cached.out("killed")).arg(pool.path());
        kills += usize::from(kill_once(command, || length() > size));
    }
    assert!(kills > 0);
    let run = cached.sign(key, "killed", pool.path()).ok();
    run.says("signed 1 package: 200 files")
        .says("of the signatures were in the cache");
    let expected = cached.expected(key, pool.path());
    assert_eq!(lists(&cached.out("killed")), expected);
}

#[test]
fn a_full_disk_is_said_once() {
    let (pool, cached) = (many(), Cached::new());
    let small = cached.out("small");
    let mount = Mount::in_memory(&small);
    mount.remount("size=64k");
    let run = TestKey::shared().sign().arg("--cache");
    let run = run.arg(small.join("cache")).arg("-o");
    let run = run.arg(cached.out("out")).arg(pool.path()).ok();
    let complaints = run.stderr();
    assert_eq!(
        complaints.matches("cannot write").count(),
        1,
        "{complaints}"
    );
    run.says("200 signatures made");
    let expected = cached.expected(TestKey::shared(), pool.path());
    assert_eq!(lists(&cached.out("out")), expected);
}
