//! The disk that packages may take.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::{Server, lists, sign};
use crate::support::{DebBuilder, Run, SignedArchive, TestKey, scratch};

const PACKAGES: usize = 12;
/// Of each package's one file, which cannot be compressed.
const SIZE: usize = 1_500_000;

fn heavy_archive() -> SignedArchive {
    let archive = SignedArchive::new();
    let random = Run::new("openssl")
        .args(["rand", &(PACKAGES * SIZE).to_string()])
        .ok();
    for (number, content) in random.bytes().chunks(SIZE).enumerate() {
        let deb = DebBuilder::new(&format!("x{number}"), "1.0");
        archive.add(deb.file("/usr/bin/x", [b"#!", content].concat(), 0o755));
    }
    archive.publish();
    archive
}

/// The bytes of files beneath a folder, at this moment.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Signs with so much disk; returns the most that packages took.
fn most(tree: &Path, sources: &Path, disk: &str) -> u64 {
    let (most, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                most.fetch_max(size(&tree.join(".dpkg-ima/apt/debs")), Ordering::SeqCst);
            }
        });
        let run = sign(TestKey::shared(), tree, sources).args(["--disk", disk]);
        let run = run.outcome();
        ended.store(true, Ordering::SeqCst);
        assert_eq!(run.code(), Some(0), "{run}");
    });
    assert_eq!(lists(tree).len(), PACKAGES);
    most.into_inner()
}

#[test]
fn packages_take_no_more_than_they_may() {
    let (archive, folder) = (heavy_archive(), scratch());
    let server = Server::of(archive.path());
    let sources = archive.sources(&server.uri(), folder.path());
    let (narrow, wide) = (scratch(), scratch());
    let limited = most(narrow.path(), &sources, "4");
    assert!((1..=4 << 20).contains(&limited), "{limited}");
    // The control: without the limit they take more.
    let unlimited = most(wide.path(), &sources, "1024");
    assert!(unlimited > 4 << 20, "{unlimited}");
    assert_eq!(lists(narrow.path()), lists(wide.path()));
}

#[test]
fn a_package_that_needs_more_is_named() {
    let (archive, folder, tree) = (heavy_archive(), scratch(), scratch());
    let sources = archive.local_sources(folder.path());
    archive.add(DebBuilder::with_program("small", "1.0"));
    archive.publish();
    let run = sign(TestKey::shared(), tree.path(), &sources).args(["--disk", "1"]);
    run.exits(2)
        .says("bytes, and packages may take 1048576")
        .says("hint: --disk gives it room")
        .says("signed 1 package:");
}
