//! Labels what the lists of installed packages name and the disk lacks.
//!
//! It remembers which lists it has dealt with, so that a run after one package was changed costs one
//! package's work. Paths tell where to look; the digest decides.

mod item;
mod package;
mod pending;
mod take_in;

use std::collections::{BTreeMap, BTreeSet};

use crate::dpkg::{Database, InstalledList, PackageName};
use crate::keyring::HeldKeys;
use crate::label::Outcome;
use crate::root::Root;
use crate::store::{Lock, Store, StoreError};
use crate::system::SystemError;

use package::PackageSweep;
use pending::Pending;
use take_in::{new_lists, take_in, take_into_memory};

pub use take_in::learn;

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

/// Sweeps a root. What could not be done is logged, counted, and tried again by the next sweep.
///
/// # Errors
/// If the sweep cannot remember what it did, or dpkg's database cannot be read. In the first case the files
/// of new lists are labelled all the same: labels matter more than memory.
pub fn sweep(root: &Root, held: &HeldKeys, scope: Scope) -> Result<Summary, StoreError> {
    let installed = Database::new(root).lists()?;
    if installed.is_empty() {
        return Ok(Summary::default());
    }
    match Task::prepare(root, &installed, scope) {
        Ok(None) => Ok(Summary::default()),
        Ok(Some(task)) => task.carry_out(root, held),
        Err(error) => {
            let (store, new) = take_into_memory(root, &installed)?;
            let all = || installed.iter().map(|list| list.package.clone()).collect();
            let wanted = if scope == Scope::All { all() } else { new };
            label_packages(root, &store, held, &wanted, &mut Summary::default())?;
            Err(error)
        }
    }
}

/// What a sweep has to do, noted on disk.
struct Task {
    lock: Lock,
    store: Store,
    wanted: BTreeSet<PackageName>,
    scope: Scope,
}

impl Task {
    /// None if nothing has to be done.
    fn prepare(
        root: &Root,
        installed: &[InstalledList],
        scope: Scope,
    ) -> Result<Option<Self>, StoreError> {
        let lock = Lock::take(root)?;
        let mut store = Store::open(root)?;
        store.tidy(&lock)?;
        let new = match scope {
            // What the store has may be damaged where nobody has looked yet.
            Scope::All => installed.iter().collect(),
            Scope::Changed => new_lists(installed, &store),
        };
        let wanted = Pending::read(&lock)?.merged_with(installed, &new);
        if wanted.is_empty() {
            return Ok(None);
        }
        Pending::write(&lock, &wanted)?;
        let store = take_in(root, &lock, store, &new)?;
        Ok(Some(Self {
            lock,
            store,
            wanted,
            scope,
        }))
    }

    fn carry_out(self, root: &Root, held: &HeldKeys) -> Result<Summary, StoreError> {
        let mut summary = Summary::default();
        let left = label_packages(root, &self.store, held, &self.wanted, &mut summary)?;
        Pending::write(&self.lock, &left)?;
        if self.store.wants_merging() || self.scope == Scope::All {
            let database = Database::new(root);
            let keep = |package: &PackageName| database.knows(package).unwrap_or(true);
            self.store.merge(&self.lock, keep)?;
        }
        Ok(summary)
    }
}

/// Labels the files of those packages, and of others that turn out to have a worse label than they could;
/// returns the packages that are to be tried again.
fn label_packages(
    root: &Root,
    store: &Store,
    held: &HeldKeys,
    wanted: &BTreeSet<PackageName>,
    summary: &mut Summary,
) -> Result<BTreeSet<PackageName>, SystemError> {
    let mut sweep = PackageSweep::new(root, store, held)?;
    let mut left = BTreeSet::new();
    for package in wanted {
        if !sweep.label(package, summary) {
            left.insert(package.clone());
        }
    }
    for package in sweep.outdone().difference(wanted) {
        if !sweep.label(package, summary) {
            left.insert(package.clone());
        }
    }
    sweep.sync()?;
    Ok(left)
}
