//! `dpkg-ima sign --status --archive`: the index is all that is fetched.

use std::fs;
use std::path::Path;

use super::super::status::{counts, numbers, status};
use super::{Server, package, sign, small_archive};
use crate::support::{Outcome, TestKey, hold_lock, scratch};

fn look(tree: &Path, sources: &Path, options: &[&str]) -> Outcome {
    let run = status(tree).arg("--archive").arg(sources);
    run.args(options).arg("--json").outcome()
}

#[test]
fn what_a_tree_has_of_an_archive_is_counted() {
    let (archive, folder, tree, temporary) = (small_archive(), scratch(), scratch(), scratch());
    let (tree, key) = (tree.path(), TestKey::shared());
    let server = Server::of(archive.path());
    let sources = archive.sources(&server.uri(), folder.path());
    let run = status(tree).arg("--archive").arg(&sources);
    let run = run.env("TMPDIR", temporary.path()).exits(1);
    run.says("0 up to date, 5 missing, 0 stale");
    let requests = server.take_requests();
    assert!(!requests.is_empty());
    assert!(
        !requests.iter().any(|line| line.contains(".deb ")),
        "{requests:?}"
    );
    for left in [temporary.path(), tree] {
        assert_eq!(fs::read_dir(left).unwrap().count(), 0, "{left:?}");
    }
    sign(key, tree, &sources).args(["--shard", "1/2"]).ok();
    let part = counts(&look(tree, &sources, &[]));
    assert!(part[0] > 0 && part[1] > 0 && part[2] == 0, "{part:?}");
    let shard = |shard| look(tree, &sources, &["--shard", shard]);
    assert_eq!(
        (shard("1/2").code(), shard("2/2").code()),
        (Some(0), Some(1))
    );
    sign(key, tree, &sources).ok();
    let all = look(tree, &sources, &[]);
    assert_eq!((all.code(), counts(&all)), (Some(0), [5, 0, 0]));
    // One is new, one is another, and one is gone.
    fs::remove_file(archive.path().join("pool/hello-none_1.0.deb")).unwrap();
    archive.add(package("new", 1));
    archive.add(package("hello-xz", 3));
    archive.publish();
    let changed = look(tree, &sources, &[]);
    assert_eq!((changed.code(), counts(&changed)), (Some(1), [3, 1, 1]));
    assert_eq!(numbers(&changed)["gone"], 1);
    let other = look(tree, &sources, &["--section", "libs"]);
    assert_eq!((other.code(), counts(&other)), (Some(0), [1, 0, 0]));
    assert_eq!(numbers(&other)["gone"], 1);
    // What nobody has signed tells nothing.
    archive.sign(1);
    let run = look(tree, &sources, &[]);
    assert_eq!(run.code(), Some(2), "{run}");
    assert_eq!(run.stdout(), "");
}

/// A look must not wait for whoever signs, and neither must that one for a look.
#[test]
fn a_tree_in_use_is_looked_at() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let sources = archive.local_sources(folder.path());
    sign(TestKey::shared(), tree.path(), &sources).ok();
    let held = hold_lock(&tree.path().join(".dpkg-ima/apt/lock"));
    let run = look(tree.path(), &sources, &[]);
    drop(held);
    assert_eq!((run.code(), counts(&run)), (Some(0), [5, 0, 0]));
}
