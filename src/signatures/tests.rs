//! The store as its readers and writers find it.

use super::*;
use crate::dpkg::{PackageName, Stamp};
use crate::format::imasigs::{Entry, List, sample};
use crate::machine::root::Root;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A root, and where its state is.
struct Machine {
    _folder: tempfile::TempDir,
    root: Root,
    state: PathBuf,
}

impl Machine {
    fn new() -> Self {
        Self::beneath(tempfile::tempdir().unwrap())
    }

    fn beneath(folder: tempfile::TempDir) -> Self {
        let state = folder.path().join(STATE);
        fs::create_dir_all(&state).unwrap();
        let root = Root::open(folder.path()).unwrap();
        Self {
            _folder: folder,
            root,
            state,
        }
    }

    fn lock(&self) -> Lock {
        Lock::take(&self.root).unwrap()
    }

    fn store(&self) -> Store {
        Store::open(&self.root).unwrap()
    }

    /// Takes the one signature of that package's list into the store.
    fn save(&self, package: &str, seconds: i64) {
        let (lock, mut builder) = (self.lock(), Builder::default());
        let list = List::new(vec![entry(package)]);
        builder.add_list(&name(package), stamp(seconds), &list);
        self.store().save(&lock, &builder.build()).unwrap();
    }

    fn merge(&self, keep: impl Fn(&PackageName) -> bool) {
        let lock = self.lock();
        self.store().merge(&lock, keep).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.state).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "lock")
            .collect();
        names.sort();
        names
    }
}

fn name(package: &str) -> PackageName {
    PackageName::new(package).unwrap()
}

const fn stamp(seconds: i64) -> Stamp {
    Stamp {
        seconds,
        nanoseconds: 0,
        inode: 0,
        size: 0,
    }
}

fn entry(content: &str) -> Entry {
    sample::entry("x", content.as_bytes(), 1)
}

fn knows(store: &Store, content: &str) -> bool {
    let entry = entry(content);
    !store.signatures_of(entry.size, &entry.digest).is_empty()
}

/// Merges and saves as fast as memory lets it; each signature, once it is there, is seen by every later reader.
#[test]
fn whoever_reads_during_a_merge_sees_all() {
    let machine = Machine::beneath(tempfile::tempdir_in("/dev/shm").unwrap());
    let packages: Vec<_> = (0..8).map(|number| format!("package{number}")).collect();
    packages.iter().for_each(|package| machine.save(package, 1));
    let stop = std::sync::atomic::AtomicBool::new(false);
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    let (mut opens, mut merges) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(relaxed) {
                machine.merge(|_| true);
                packages.iter().for_each(|package| machine.save(package, 1));
                merges += 1;
            }
        });
        let start = Instant::now();
        let mut lacking = Vec::new();
        while start.elapsed() < Duration::from_secs(2) {
            let store = machine.store();
            lacking.extend(packages.iter().find(|package| !knows(&store, package)));
            opens += 1;
        }
        stop.store(true, relaxed);
        assert_eq!(lacking.len(), 0, "of {opens} opens");
    });
    assert!(opens > 100 && merges > 3, "{opens} opens, {merges} merges");
}

#[test]
fn a_merge_keeps_two_lists_of_each_package_that_is_kept() {
    let machine = Machine::new();
    for (package, seconds) in [("gone", 9), ("kept", 1), ("kept", 3), ("kept", 2)] {
        machine.save(package, seconds);
    }
    machine.merge(|package| *package == name("kept"));
    assert_eq!(machine.files(), ["signatures.3"]);
    let store = machine.store();
    assert!(knows(&store, "kept") && !knows(&store, "gone"));
    let package = name("kept");
    let expected = [(&package, stamp(2)), (&package, stamp(3))];
    assert_eq!(store.lists(), expected.into_iter().collect());
}

#[test]
fn a_merge_that_was_cut_short_is_done_again() {
    let machine = Machine::new();
    ["a", "b", "c"]
        .iter()
        .for_each(|name| machine.save(name, 1));
    let old = fs::read(machine.state.join("signatures.0")).unwrap();
    machine.merge(|_| true);
    fs::write(machine.state.join("signatures.0"), old).unwrap();
    let store = machine.store();
    assert!(["a", "b", "c"].iter().all(|name| knows(&store, name)));
    machine.merge(|_| true);
    assert_eq!(machine.files(), ["signatures.2"]);
    assert_eq!(machine.store().len(), 3);
}

#[test]
fn what_is_of_no_use_goes_and_its_number_is_not_used_again() {
    let machine = Machine::new();
    machine.save("a", 1);
    for useless in ["signatures.4", "signatures.9.new", "pending.new"] {
        fs::write(machine.state.join(useless), "half").unwrap();
    }
    for other in ["signatures.07", "signatures.x", "pending"] {
        fs::write(machine.state.join(other), "other").unwrap();
    }
    machine.save("b", 1);
    let lock = machine.lock();
    machine.store().tidy(&lock).unwrap();
    let expected = ["pending", "signatures.0", "signatures.07", "signatures.5"];
    assert_eq!(machine.files()[..4], expected);
    assert_eq!(machine.files().len(), 5);
    assert_eq!(machine.store().len(), 2);
}

#[test]
fn merging_is_wanted_past_sixteen_segments() {
    let machine = Machine::new();
    (0..merge::SEGMENTS_MAX).for_each(|_| machine.save("a", 1));
    let mut store = machine.store();
    let builder = Builder::default();
    store.push(Arc::new(Segment::from_bytes(builder.build()).unwrap()));
    assert!(!store.wants_merging());
    machine.save("a", 1);
    assert!(machine.store().wants_merging());
}

/// A merge of no segment must not replace one that it has not read.
#[test]
fn an_empty_store_can_be_merged() {
    let machine = Machine::new();
    machine.merge(|_| true);
    assert_eq!(machine.files(), ["signatures.0"]);
    assert!(machine.store().is_empty());
}

/// What the header's check covers: the header, and which lists there are.
#[test]
fn a_header_or_a_list_that_was_altered_is_no_segment() {
    let mut builder = Builder::default();
    builder.add_list(&name("package"), stamp(1), &List::new(vec![entry("x")]));
    let good = builder.build();
    let lists = layout::HEADER + layout::RECORD;
    let names = lists + layout::LIST + "package".len();
    assert!(Segment::from_bytes(good.clone()).is_ok());
    for at in (0..layout::HEADER).chain(lists..names) {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(Segment::from_bytes(bytes).is_err(), "byte {at}");
    }
}
