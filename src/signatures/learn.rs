//! From dpkg's `info` folder into the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::pending::Pending;
use crate::dpkg::{Database, InstalledList, PackageName};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Builder, Lock, Segment, Store, StoreError, Verifying};

/// A segment is begun anew after so many signatures, to bound memory: about 20 MiB.
const SEGMENT_RECORDS: usize = 50_000;

/// Everything that installed lists say, for a guard: takes new lists into the store and leaves their
/// files to the next sweep. Where the store cannot be written, what it lacks is held in memory.
///
/// # Errors
/// If dpkg's database or the store cannot be read.
pub fn learn(root: &Root, held: &HeldKeys) -> Result<Store, SystemError> {
    let installed = Database::new(root).lists()?;
    let store = Store::open(root)?;
    if new_lists(&installed, &store).is_empty() {
        return Ok(store);
    }
    learn_on_disk(root, held).or_else(|error| {
        log::warn!("the store is incomplete: {error}");
        all_in_memory(root, held)
    })
}

fn learn_on_disk(root: &Root, held: &HeldKeys) -> Result<Store, StoreError> {
    let lock = Lock::take_soon(root)?;
    let database = Database::new(root);
    let (installed, store) = (database.lists()?, Store::open(root)?);
    let new = new_lists(&installed, &store);
    let pending = Pending::read(&lock)?.merged_with(&database, &installed, &new)?;
    Pending::write(&lock, &pending)?;
    Ok(take_in(root, held, &lock, store, &new)?)
}

/// The lists that the store does not have.
pub(crate) fn new_lists<'a>(
    installed: &'a [InstalledList],
    store: &Store,
) -> Vec<&'a InstalledList> {
    let known = store.lists();
    let is_new = |list: &&InstalledList| !known.contains(&(&list.package, list.stamp));
    installed.iter().filter(is_new).collect()
}

/// Takes new lists into the store on disk.
pub(crate) fn take_in(
    root: &Root,
    held: &HeldKeys,
    lock: &Lock,
    mut store: Store,
    new: &[&InstalledList],
) -> Result<Store, SystemError> {
    let database = Database::new(root);
    let mut builder = Builder::default();
    for list in new {
        add_list(&database, &list.package, &mut builder);
        if builder.len() > SEGMENT_RECORDS {
            let full = std::mem::take(&mut builder);
            store.save(lock, &settled(full, &store, held).build())?;
            store = Store::open(root)?;
        }
    }
    if builder.is_empty() {
        return Ok(store);
    }
    store.save(lock, &settled(builder, &store, held).build())?;
    Store::open(root)
}

/// Without what is forged, which is logged.
fn settled(mut builder: Builder, store: &Store, held: &HeldKeys) -> Builder {
    for forged in builder.settle(store, held, Verifying::Competing) {
        log::warn!("{forged}");
    }
    builder
}

/// Everything that installed lists say, without writing anything. What the store lacks is held in memory.
///
/// # Errors
/// If dpkg's database or the store cannot be read.
pub fn all_in_memory(root: &Root, held: &HeldKeys) -> Result<Store, SystemError> {
    let installed = Database::new(root).lists()?;
    Ok(take_into_memory(root, held, &installed)?.0)
}

/// The store with what it lacks, and whose lists it lacked. The lists were read before, so that one that goes
/// into the store meanwhile is found there.
pub(crate) fn take_into_memory(
    root: &Root,
    held: &HeldKeys,
    installed: &[InstalledList],
) -> Result<(Store, BTreeSet<PackageName>), SystemError> {
    let mut store = Store::open(root)?;
    let new = new_lists(installed, &store);
    let new: BTreeSet<_> = new.iter().map(|list| list.package.clone()).collect();
    let (database, mut builder) = (Database::new(root), Builder::default());
    new.iter()
        .for_each(|package| add_list(&database, package, &mut builder));
    let builder = settled(builder, &store, held);
    let segment = Segment::from_bytes(builder.build());
    store.push(Arc::new(segment.expect("what we build we can read")));
    Ok((store, new))
}

/// A list that is not well-formed is found again, and reported, when its package is labelled.
fn add_list(database: &Database<'_>, package: &PackageName, builder: &mut Builder) {
    if let Ok(Some((content, stamp))) = database.list(package) {
        builder.add_list(package, stamp, &content);
    }
}
