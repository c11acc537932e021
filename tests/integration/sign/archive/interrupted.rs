//! Runs that are interrupted, and several at a time, end as one that is not.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Server, left_of_packages, lists, package, sign, small_archive};
use crate::support::{Run, SignedArchive, TestKey, hold_lock, scratch};

/// A run fetches them in several calls of apt.
const PACKAGES: usize = 100;

/// Of packages with so many scripts each.
fn large_archive(scripts: usize) -> SignedArchive {
    let archive = SignedArchive::new();
    for number in 0..PACKAGES {
        let deb = package(&format!("x{number}"), scripts);
        // Two of each source.
        archive.add(deb.field(&format!("Source: source{}", number / 2)));
    }
    archive.publish();
    archive
}

/// A package that the server does not hand out, as long as the value lives, so that no run can end.
struct HeldBack(PathBuf);

impl HeldBack {
    fn last_of(archive: &SignedArchive) -> Self {
        let deb = archive
            .path()
            .join(format!("pool/x{}_1.0.deb", PACKAGES - 1));
        fs::rename(&deb, deb.with_extension("aside")).unwrap();
        // Whoever opens it waits.
        Run::new("mkfifo").arg(&deb).ok();
        Self(deb)
    }
}

impl Drop for HeldBack {
    fn drop(&mut self) {
        fs::rename(self.0.with_extension("aside"), &self.0).expect("it is there");
    }
}

/// Starts a run, and ends it with a signal as soon as the tree has so many lists.
fn interrupt(key: &TestKey, tree: &Path, sources: &Path, signal: &str, at: usize) {
    // What a shell starts in the background ignores SIGINT, and so would this.
    let mut run = Command::new("env");
    run.args(["--default-signal=INT", env!("CARGO_BIN_EXE_dpkg-ima")]);
    run.arg("sign").arg("--key").arg(&key.key);
    run.arg("--cert").arg(&key.certificate);
    run.args(["--detached", "-o"]).arg(tree);
    run.arg("--archive").arg(sources);
    let said = scratch();
    let said = said.path().join("said");
    let run = run
        .stdout(Stdio::null())
        .stderr(File::create(&said).unwrap());
    let mut child = run.spawn().unwrap();
    while lists(tree).len() < at {
        let early = child.try_wait().unwrap();
        assert!(early.is_none(), "{}", fs::read_to_string(&said).unwrap());
    }
    let kill = Run::new("kill").arg(signal).arg(child.id().to_string());
    kill.ok();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it was not interrupted");
    assert!(lists(tree).len() < PACKAGES);
}

#[test]
fn interrupted_three_times_and_run_again_it_ends_the_same() {
    let (archive, folder, whole, tree) = (large_archive(20), scratch(), scratch(), scratch());
    let key = TestKey::shared();
    let server = Server::of(archive.path());
    let sources = archive.sources(&server.uri(), folder.path());
    sign(key, whole.path(), &sources).ok();
    for (signal, at) in [("-KILL", 4), ("-TERM", 12), ("-INT", 20)] {
        let _held_back = HeldBack::last_of(&archive);
        interrupt(key, tree.path(), &sources, signal, at);
    }
    let run = sign(key, tree.path(), &sources).ok();
    // What was finished is not made again, but for those whose line in the journal was yet to be written.
    run.says("packages up to date");
    assert_eq!(lists(tree.path()), lists(whole.path()));
    assert_eq!(lists(tree.path()).len(), PACKAGES);
    assert!(left_of_packages(tree.path()).is_empty());
    let run = sign(key, tree.path(), &sources).ok();
    run.says(&format!("{PACKAGES} packages up to date"));
}

#[test]
fn two_shards_at_a_time_make_one_tree() {
    let (archive, folder, whole, tree) = (large_archive(1), scratch(), scratch(), scratch());
    let key = TestKey::shared();
    let sources = archive.local_sources(folder.path());
    sign(key, whole.path(), &sources).ok();
    let shard = |number: usize, tree: &Path| {
        let shard = format!("{number}/2");
        sign(key, tree, &sources).args(["--shard", &shard]).ok()
    };
    std::thread::scope(|scope| {
        for number in [1, 2] {
            let (shard, tree) = (&shard, tree.path());
            scope.spawn(move || drop(shard(number, tree)));
        }
    });
    assert_eq!(lists(tree.path()), lists(whole.path()));
    // Each knows what it has done, and a run without shards what all have done.
    shard(1, tree.path())
        .does_not_say("signed")
        .says("up to date");
    let run = sign(key, tree.path(), &sources).arg("--prune").ok();
    run.says(&format!("{PACKAGES} packages up to date"))
        .does_not_say("removed");
    // Each has a part, and all packages of a source are in one.
    let part = scratch();
    shard(1, part.path());
    let part = lists(part.path());
    assert!(!part.is_empty() && part.len() < PACKAGES);
    let has = |number: usize| {
        let start = format!("x/x{number}/");
        part.iter()
            .any(|(path, _)| path.to_string_lossy().starts_with(&start))
    };
    assert!((0..PACKAGES / 2).all(|source| has(2 * source) == has(2 * source + 1)));
}

#[test]
fn the_same_shard_twice_at_a_time_is_refused() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let key = TestKey::shared();
    let sources = archive.local_sources(folder.path());
    sign(key, tree.path(), &sources).ok();
    let held = hold_lock(&tree.path().join(".dpkg-ima/apt/lock"));
    let run = sign(key, tree.path(), &sources).exits(2);
    run.says("another run has '")
        .says("hint: wait until it ends");
    sign(key, tree.path(), &sources)
        .args(["--shard", "1/2"])
        .ok();
    drop(held);
    sign(key, tree.path(), &sources).ok();
}
