//! Which packages a sweep labels, and the order in which it writes.
//!
//! The packages are noted as pending before their lists are taken into the store, and stay so until their files are
//! labelled: a sweep that is killed in between leaves work that the next one finds.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use crate::dpkg::{Database, PackageName};
use crate::keys::held::HeldKeys;
use crate::labelling::{Labelling, ListSource, Mode, Tally};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{
    FetchedLists, Lock, PendingPackages, Store, StoreError, new_lists, take_in, take_into_memory,
};

use super::log::SweepLog;

/// The lists that a sweep goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that are new or changed since a sweep went through them.
    Changed,
    /// All of them, after a restore or a repair.
    All,
}

/// Sweeps a root. A file or list that fails is logged, counted, and tried again by the next sweep.
///
/// # Errors
/// If the sweep cannot write to the store, or dpkg's database cannot be read. In the first case the files
/// of new lists are labelled all the same: labels matter more than the memory of them.
pub fn sweep(root: &Root, held: &HeldKeys, scope: Scope) -> Result<Tally, StoreError> {
    // Where nothing is signed no state folder is made.
    if Database::new(root).lists()?.is_empty() && !FetchedLists::of(root).are_any()? {
        return Ok(Tally::default());
    }
    match SweepTask::prepare(root, held, scope) {
        Ok(None) => Ok(Tally::default()),
        Ok(Some(task)) => task.carry_out(root, held),
        Err(error) => {
            let installed = Database::new(root).lists()?;
            let (store, new) = take_into_memory(root, held, &installed)?;
            let all = || installed.iter().map(|list| list.package.clone()).collect();
            let wanted = if scope == Scope::All { all() } else { new };
            label(root, &store, held, &wanted)?;
            Err(error)
        }
    }
}

/// The packages that a sweep has to label, noted on disk as pending; the lock is held.
struct SweepTask {
    lock: Lock,
    store: Store,
    wanted: BTreeSet<PackageName>,
    scope: Scope,
}

impl SweepTask {
    /// None if no package has to be labelled.
    fn prepare(root: &Root, held: &HeldKeys, scope: Scope) -> Result<Option<Self>, StoreError> {
        let lock = Lock::take(root)?;
        // dpkg may have installed or removed their packages.
        FetchedLists::of(root).settle(&lock)?;
        let database = Database::new(root);
        let installed = database.lists()?;
        let mut store = Store::open(root)?;
        let new = match scope {
            // Every list is taken in anew: parts of the store that nothing has read yet may be damaged.
            Scope::All => installed.iter().collect(),
            Scope::Changed => new_lists(&installed, &store),
        };
        let wanted = PendingPackages::read(&lock)?.merged_with(&database, &installed, &new)?;
        if wanted.is_empty() {
            store.tidy(&lock)?;
            return Ok(None);
        }
        PendingPackages::write(&lock, &wanted)?;
        let store = take_in(root, held, &lock, store, &new)?;
        Ok(Some(Self {
            lock,
            store,
            wanted,
            scope,
        }))
    }

    fn carry_out(self, root: &Root, held: &HeldKeys) -> Result<Tally, StoreError> {
        let tally = label(root, &self.store, held, &self.wanted)?;
        PendingPackages::write(&self.lock, &tally.unfinished)?;
        if self.store.wants_merging() || self.scope == Scope::All {
            let database = Database::new(root);
            let keep = |package: &PackageName| database.knows(package).unwrap_or(true);
            self.store.merge(&self.lock, keep)?;
        }
        Ok(tally)
    }
}

/// Labels the files of those packages, then of others whose files may have got a worse label than a new list has.
fn label(
    root: &Root,
    store: &Store,
    held: &HeldKeys,
    wanted: &BTreeSet<PackageName>,
) -> Result<Tally, SystemError> {
    let log = SweepLog::new(store, held);
    let labelling = Labelling {
        root,
        store,
        held,
        mode: Mode::Write,
        progress: &log,
    };
    let run = |packages: Vec<PackageName>| {
        let sources = packages.into_iter().map(ListSource::installed);
        labelling.run(sources, NonZeroUsize::MIN)
    };
    let mut tally = run(wanted.iter().cloned().collect())?;
    let outdone = log.outdone();
    let others: Vec<_> = outdone.difference(wanted).cloned().collect();
    if !others.is_empty() {
        tally.merge(run(others)?);
    }
    Ok(tally)
}
