//! Labels what the lists of installed packages name and the disk lacks.
//!
//! It remembers which lists it has dealt with, so that a run after one package was changed costs one
//! package's work. Paths tell where to look; the digest decides.

mod package;
mod pending;

use std::collections::{BTreeMap, BTreeSet};

use crate::dpkg::{Database, InstalledList, PackageName};
use crate::keyring::HeldKeys;
use crate::label::Outcome;
use crate::root::Root;
use crate::store::{Builder, Lock, Store, StoreError};
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
    if installed.is_empty() {
        return Ok(summary);
    }
    let lock = Lock::take(root)?;
    let store = Store::open(root)?;
    let pending = Pending::read(&lock)?;
    let new: Vec<&InstalledList> = installed
        .iter()
        .filter(|list| !store.has_list(&list.package, list.stamp))
        .collect();
    let wanted: BTreeSet<&PackageName> = match scope {
        Scope::All => installed.iter().map(|list| &list.package).collect(),
        Scope::Changed => pending.merged_with(&installed, &new),
    };
    if wanted.is_empty() {
        return Ok(summary);
    }
    Pending::write(&lock, &wanted)?;
    let store = take_in(&database, &lock, store, &new, root)?;
    let left = label_packages(root, &store, held, wanted, &mut summary)?;
    Pending::write(&lock, &left)?;
    if store.wants_merging() {
        store.merge(&lock, |package| database.knows(package).unwrap_or(true))?;
    }
    Ok(summary)
}

/// Takes new lists into the store. One that is not well-formed is left out, and found again when its
/// package is labelled.
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
        if let Ok(Some((content, stamp))) = database.list(&list.package) {
            builder.add_list(&list.package, stamp, &content);
        }
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
