//! `dpkg-ima sign --status`: what the next run would find, without a key, and without a trace.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::detached::{HELLO, LIBRARY, pool, sign as sign_detached};
use crate::support::{DebBuilder, Outcome, Run, TestKey, kill_once, scratch};

pub fn status(folder: &Path) -> Run {
    Run::dpkg_ima().args(["sign", "--status"]).arg(folder)
}

pub fn numbers(outcome: &Outcome) -> serde_json::Value {
    let text = outcome.stdout();
    assert_eq!(text.lines().count(), 1, "{outcome}");
    serde_json::from_str(&text).unwrap()
}

/// What is up to date, missing and stale.
pub fn counts(outcome: &Outcome) -> [u64; 3] {
    let numbers = numbers(outcome);
    ["up_to_date", "missing", "stale"].map(|name| numbers[name].as_u64().unwrap())
}

/// Every object of a folder, with the time of its last change.
fn state(folder: &Path) -> String {
    let find = Run::new("find").arg(folder);
    find.args(["-printf", "%p %y %s %m %C@\n"]).ok().stdout()
}

/// A folder, and the way to bring it up to date.
struct Folder<'a> {
    folder: &'a Path,
    pool: &'a Path,
    options: &'a [&'a str],
    is_tree: bool,
}

impl<'a> Folder<'a> {
    /// A tree of lists, made without further options.
    const fn tree(folder: &'a Path, pool: &'a Path) -> Self {
        Self {
            folder,
            pool,
            options: &[],
            is_tree: true,
        }
    }

    fn sign(&self) -> Run {
        let run = TestKey::shared().sign().args(self.options);
        let run = match self.is_tree {
            true => run.arg("--detached"),
            false => run,
        };
        run.arg("-o").arg(self.folder).arg(self.pool)
    }

    /// The three numbers. They change nothing, and a run of `sign` on a copy of the folder agrees with them.
    #[track_caller]
    fn counts(&self) -> [u64; 3] {
        let (pool, before) = (self.pool, state(self.folder));
        let run = status(self.folder).args(self.options).arg("--json");
        let outcome = run.arg(pool).outcome();
        let counts = counts(&outcome);
        assert_eq!(state(self.folder), before);
        let all = counts[1] + counts[2] == 0;
        assert_eq!(outcome.code(), Some(i32::from(!all)), "{outcome}");
        let copy = scratch();
        Run::new("cp")
            .arg("-aT")
            .arg(self.folder)
            .arg(copy.path())
            .ok();
        let folder = copy.path();
        let signed = Folder { folder, ..*self }.sign().ok();
        let signed = match counts[1] + counts[2] {
            0 => signed.does_not_say("signed"),
            1 => signed.says("signed 1 package:"),
            made => signed.says(&format!("signed {made} packages:")),
        };
        match counts[0] {
            0 => signed.does_not_say("up to date"),
            1 => signed.says("1 package up to date"),
            kept => signed.says(&format!("{kept} packages up to date")),
        };
        counts
    }
}

#[test]
fn what_a_tree_has_is_counted() {
    let (pool, tree, keys) = (pool(), scratch(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    let folder = Folder::tree(tree, pool);
    assert_eq!(folder.counts(), [0, 2, 0]);
    folder.sign().ok();
    assert_eq!(folder.counts(), [2, 0, 0]);
    let run = status(tree).arg(pool).ok();
    run.says("2 up to date, 0 missing, 0 stale")
        .says(" % of the packages")
        .does_not_say("such as");
    Run::new("touch").arg(pool.join("libx_2.deb")).ok();
    assert_eq!(folder.counts(), [2, 0, 0]);
    fs::remove_file(tree.join(HELLO)).unwrap();
    assert_eq!(folder.counts(), [1, 1, 0]);
    let run = status(tree).arg(pool).exits(1);
    run.says(&format!("missing, such as {HELLO}\n"));
    fs::write(tree.join(LIBRARY), "").unwrap();
    assert_eq!(folder.counts(), [0, 1, 1]);
    let run = status(tree).arg(pool).exits(1);
    run.says(&format!("stale, such as {LIBRARY}: not as it was made"));
    folder.sign().ok();
    // Options, key and content are part of it.
    let all = Folder {
        options: &["--files", "all"],
        ..folder
    };
    assert_eq!(all.counts(), [0, 0, 2]);
    let by = |key: &TestKey| status(tree).arg("--cert").arg(&key.certificate).arg(pool);
    by(TestKey::shared()).ok().says("2 up to date");
    let other = TestKey::new("p256", keys.path());
    by(&other)
        .exits(1)
        .says("0 up to date, 0 missing, 2 stale")
        .says("not signed by the key of that certificate");
    let libx = DebBuilder::new("libx", "2").file("/usr/lib/x/run", "#!/bin/sh\n: 2\n", 0o755);
    libx.build(pool);
    assert_eq!(folder.counts(), [1, 0, 1]);
    let run = status(tree).arg(pool).exits(1);
    run.says(&format!(
        "stale, such as {LIBRARY}: not known to be made of"
    ));
    // Two keys in one tree are told without a certificate.
    sign_detached(&other, tree, &pool.join("libx_2.deb")).ok();
    let run = status(tree).arg(pool).ok();
    run.says("several keys: 1 by ");
}

#[test]
fn what_a_folder_of_signed_packages_has_is_counted() {
    let (pool, out) = (pool(), scratch());
    let (pool, out) = (pool.path(), out.path());
    fs::create_dir(pool.join("deeper")).unwrap();
    DebBuilder::with_program("x", "1").build(&pool.join("deeper"));
    let folder = Folder {
        folder: out,
        pool,
        options: &["--drop-signatures"],
        is_tree: false,
    };
    folder.sign().ok();
    assert_eq!(folder.counts(), [3, 0, 0]);
    let other = Folder {
        options: &["--hash", "sha512"],
        ..folder
    };
    assert_eq!(other.counts(), [0, 0, 3]);
    fs::remove_file(out.join("deeper/x_1.deb")).unwrap();
    Run::new("touch").arg(out.join("libx_2.deb")).ok();
    assert_eq!(folder.counts(), [1, 1, 1]);
    let run = status(out).args(folder.options).arg(pool).exits(1);
    run.says("missing, such as deeper/x_1.deb")
        .says("stale, such as libx_2.deb");
    folder.sign().ok();
    // Only what was signed into it would be removed.
    fs::copy(pool.join("libx_2.deb"), out.join("foreign.deb")).unwrap();
    fs::remove_file(pool.join("libx_2.deb")).unwrap();
    assert_eq!(folder.counts(), [2, 0, 0]);
    let run = status(out).args(folder.options).arg(pool).ok();
    run.says("of packages that are gone: 1,");
    folder.sign().arg("--prune").ok().says("removed 1 package");
    let run = status(out).args(folder.options).arg(pool).ok();
    run.does_not_say("gone");
}

/// What `--prune` would remove does not make the answer no: it is in nobody's way.
#[test]
fn lists_of_packages_that_are_gone_are_counted_as_far_as_that_is_sure() {
    let (pool, tree) = (pool(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    sign_detached(TestKey::shared(), tree, pool).ok();
    let deb = pool.join("libx_2.deb");
    fs::remove_file(&deb).unwrap();
    let run = status(tree).arg("--json").arg(pool).ok();
    assert_eq!(numbers(&run)["gone"], 1);
    fs::write(&deb, "no package").unwrap();
    let run = status(tree).arg("--json").arg(pool).exits(2);
    let told = numbers(&run);
    assert!(told["gone"].is_null() && told["unreadable"] == 1, "{run}");
    run.says("libx_2.deb");
}

#[test]
fn a_broken_journal_makes_lists_stale_and_stops_nothing() {
    let (pool, tree) = (pool(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    let folder = Folder::tree(tree, pool);
    folder.sign().ok();
    let journal = tree.join(".dpkg-ima/signed");
    let whole = fs::read(&journal).unwrap();
    let first = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for (broken, counts) in [
        (&b""[..], [0, 0, 2]),
        (&b"\xff\0garbage without an end"[..], [0, 0, 2]),
        (&whole[..first], [1, 0, 1]),
        // Cut off in the last name, and in the last digest.
        (&whole[..whole.len() - 9], [2, 0, 0]),
        (&whole[..first + 80], [1, 0, 1]),
        (&[b"\xff\xfe x y z\n", &whole[..]].concat(), [2, 0, 0]),
    ] {
        fs::write(&journal, broken).unwrap();
        assert_eq!(folder.counts(), counts, "{}", broken.escape_ascii());
    }
    // Nor does it keep lists from being removed.
    fs::remove_file(pool.join("libx_2.deb")).unwrap();
    folder.sign().arg("--prune").ok().says("removed 1 list");
    fs::remove_dir_all(tree.join(".dpkg-ima")).unwrap();
    assert_eq!(folder.counts(), [0, 0, 1]);
}

/// Looked at while it is written, and after each kill.
#[test]
fn a_tree_that_is_being_written_is_counted() {
    const PACKAGES: u64 = 16;
    let (pool, tree) = (scratch(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    for number in 0..PACKAGES {
        let name = format!("x{number}");
        let deb = (0..20).fold(DebBuilder::new(&name, "1"), |deb, file| {
            let script = format!("#!/bin/sh\necho {number} {file}\n");
            deb.file(&format!("/usr/bin/{name}-{file}"), script, 0o755)
        });
        deb.build(pool);
    }
    let key = TestKey::shared();
    let look = || {
        let run = status(tree).arg("--json").arg(pool).outcome();
        let [up_to_date, missing, stale] = counts(&run);
        assert_eq!(up_to_date + missing + stale, PACKAGES, "{run}");
        // Each thread may be between a list and its line in the journal.
        let threads = std::thread::available_parallelism().unwrap().get();
        assert!(stale <= threads as u64, "{run}");
        up_to_date
    };
    let mut kills = 0;
    for number in [1, 4, 7, 10] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpkg-ima"));
        command.arg("sign").arg("--key").arg(&key.key);
        command.arg("--cert").arg(&key.certificate);
        command.args(["--detached", "-o"]).args([tree, pool]);
        kills += usize::from(kill_once(command, || look() >= number));
        let folder = Folder {
            folder: tree,
            pool,
            options: &[],
            is_tree: true,
        };
        folder.counts();
    }
    assert!(kills > 0, "it was looked at while it was written");
    sign_detached(key, tree, pool).ok();
    assert_eq!(look(), PACKAGES);
}

/// Folders come and go while they are listed.
#[test]
fn a_tree_that_is_being_pruned_is_counted() {
    let (pool, tree) = (pool(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    sign_detached(TestKey::shared(), tree, pool).ok();
    let looking = AtomicBool::new(true);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        scope.spawn(|| {
            let (prefix, package) = (tree.join("z"), tree.join("z/zoo"));
            while looking.load(Ordering::Relaxed) {
                fs::create_dir_all(&package).unwrap();
                fs::remove_dir(&package).unwrap();
                fs::remove_dir(&prefix).unwrap();
            }
        });
        let outcomes = (0..30).map(|_| status(tree).arg("--json").arg(pool).outcome());
        let outcomes = outcomes.collect();
        looking.store(false, Ordering::Relaxed);
        outcomes
    });
    for outcome in outcomes {
        assert_eq!((outcome.code(), counts(&outcome)), (Some(0), [2, 0, 0]));
    }
}

#[test]
fn what_cannot_be_compared_is_trouble() {
    let (pool, tree, empty) = (pool(), scratch(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    let none = tree.join("none");
    let run = status(&none).arg(pool).exits(2);
    run.says("none' for the lists does not exist");
    let run = status(tree).arg(empty.path()).exits(2);
    run.says("there is no package to compare with");
    let run = status(tree).arg("--cert").arg(none).arg(pool).exits(2);
    run.says("none'");
    for option in ["--key", "-o", "--cache"] {
        let run = status(tree).args([option, "x"]).arg(pool).exits(2);
        run.says("cannot be used with");
    }
    status(tree).exits(2).says("not provided");
    let run = Run::dpkg_ima().args(["sign", "-o"]).arg(tree).arg(pool);
    run.exits(2).says("not provided: --key");
}
