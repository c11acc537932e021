//! Labels what the lists of installed packages name and the disk lacks.
//!
//! It remembers which lists it has dealt with, so that a run after one package was changed costs one
//! package's work. Paths tell where to look; the digest decides.

mod package;
mod pending;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dpkg::{Database, InstalledList, PackageName};
use crate::keyring::HeldKeys;
use crate::label::Outcome;
use crate::root::Root;
use crate::store::{Builder, Lock, Segment, Store, StoreError};
use crate::system::SystemError;

use package::PackageSweep;
use pending::Pending;

/// Which lists to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that were not dealt with before.
    Changed,
    /// All of them, after a restore or a repair.
    All,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files by what came of them.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Files whose content no list knows any more although a list names their path, conffiles aside.
    pub altered: usize,
    /// Conffiles that the administrator changed.
    pub changed_conffiles: usize,
    /// Files on filesystems that have no security attributes.
    pub unsupported: usize,
    /// Files that could not be labelled; each was logged.
    pub failures: usize,
    /// Lists that could not be used; each was logged.
    pub bad_lists: usize,
}

impl Summary {
    /// How many files came out like that.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// Whether all that should be labelled is, as far as this filesystem can.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.failures == 0 && self.bad_lists == 0
    }
}

/// A segment is begun anew after so many signatures, to bound memory: about 20 MiB.
const SEGMENT_RECORDS: usize = 50_000;

/// Sweeps a root. What could not be done is logged, counted, and tried again by the next sweep.
///
/// # Errors
/// If nothing could be done at all: no lock, no room for the store.
pub fn sweep(root: &Root, held: &HeldKeys, scope: Scope) -> Result<Summary, StoreError> {
    let database = Database::new(root);
    let installed = database.lists()?;
    let mut summary = Summary::default();
    if installed.is_empty() && scope == Scope::Changed {
        return Ok(summary);
    }
    let lock = Lock::take(root)?;
    let store = Store::open(root)?;
    let new = new_lists(&installed, &store);
    let pending = Pending::read(&lock)?;
    let wanted = match scope {
        Scope::All => installed.iter().map(|list| &list.package).collect(),
        Scope::Changed => pending.merged_with(&installed, &new),
    };
    if wanted.is_empty() && scope == Scope::Changed {
        return Ok(summary);
    }
    Pending::write(&lock, &wanted)?;
    let mut store = take_in(&database, &lock, store, &new, root)?;
    if scope == Scope::All {
        label_interrupted(root, &mut store, held, &mut summary)?;
    }
    let left = label_packages(root, &store, held, wanted, &mut summary)?;
    Pending::write(&lock, &left)?;
    if store.wants_merging() {
        store.merge(&lock, |package| database.knows(package).unwrap_or(true))?;
    }
    Ok(summary)
}

/// Everything that installed lists say, for a guard: takes new lists into the store and leaves their
/// files to the next sweep. Where the store cannot be written, what it lacks is held in memory.
///
/// # Errors
/// If dpkg's database or the store cannot be read.
pub fn learn(root: &Root) -> Result<Store, SystemError> {
    let database = Database::new(root);
    let installed = database.lists()?;
    let mut store = Store::open(root)?;
    let new = new_lists(&installed, &store);
    if new.is_empty() {
        return Ok(store);
    }
    match learn_on_disk(root, &installed, &new) {
        Ok(store) => Ok(store),
        Err(error) => {
            log::warn!("the store is incomplete: {error}");
            let mut builder = Builder::default();
            new.iter()
                .for_each(|list| add_list(&database, &list.package, &mut builder));
            let segment = Segment::from_bytes(builder.build());
            store.push(Arc::new(segment.expect("what we build we can read")));
            Ok(store)
        }
    }
}

fn learn_on_disk(
    root: &Root,
    installed: &[InstalledList],
    new: &[&InstalledList],
) -> Result<Store, StoreError> {
    let lock = Lock::take(root)?;
    let pending = Pending::read(&lock)?;
    Pending::write(&lock, &pending.merged_with(installed, new))?;
    let store = Store::open(root)?;
    Ok(take_in(&Database::new(root), &lock, store, new, root)?)
}

/// The lists that the store does not have.
fn new_lists<'a>(installed: &'a [InstalledList], store: &Store) -> Vec<&'a InstalledList> {
    let known = |list: &InstalledList| store.has_list(&list.package, list.stamp);
    installed.iter().filter(|list| !known(list)).collect()
}

/// Takes new lists into the store on disk.
fn take_in(
    database: &Database<'_>,
    lock: &Lock,
    store: Store,
    new: &[&InstalledList],
    root: &Root,
) -> Result<Store, SystemError> {
    if new.is_empty() {
        return Ok(store);
    }
    let mut store = store;
    let mut builder = Builder::default();
    for list in new {
        add_list(database, &list.package, &mut builder);
        if builder.len() > SEGMENT_RECORDS {
            store.save(lock, &std::mem::take(&mut builder).build())?;
            store = Store::open(root)?;
        }
    }
    if !builder.is_empty() {
        store.save(lock, &builder.build())?;
    }
    Store::open(root)
}

/// A list that is not well-formed is found again, and reported, when its package is labelled.
fn add_list(database: &Database<'_>, package: &PackageName, builder: &mut Builder) {
    if let Ok(Some((content, stamp))) = database.list(package) {
        builder.add_list(package, stamp, &content);
    }
}

/// Labels what a killed dpkg left half-way.
fn label_interrupted(
    root: &Root,
    store: &mut Store,
    held: &HeldKeys,
    summary: &mut Summary,
) -> Result<(), SystemError> {
    let (list, stamp) = match Database::new(root).unpacking_list() {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(()),
        Err(error) => {
            summary.bad_lists += 1;
            log::warn!("{error}");
            return Ok(());
        }
    };
    let mut builder = Builder::default();
    builder.add_list(&PackageName::unpacking(), stamp, &list);
    let segment = Segment::from_bytes(builder.build());
    store.push(Arc::new(segment.expect("what we build we can read")));
    let mut sweep = PackageSweep::new(root, store, held)?;
    sweep.label_interrupted(&list, summary);
    sweep.sync()
}

/// Labels the files of those packages; returns the packages that are to be tried again.
fn label_packages<'a>(
    root: &Root,
    store: &Store,
    held: &HeldKeys,
    wanted: BTreeSet<&'a PackageName>,
    summary: &mut Summary,
) -> Result<BTreeSet<&'a PackageName>, SystemError> {
    let mut sweep = PackageSweep::new(root, store, held)?;
    let mut left = BTreeSet::new();
    for package in wanted {
        let before = summary.failures;
        if let Err(error) = sweep.label(package, summary) {
            summary.bad_lists += 1;
            log::warn!("the files of package {package} are not labelled: {error}");
        }
        if summary.failures > before {
            left.insert(package);
        }
    }
    sweep.sync()?;
    Ok(left)
}
