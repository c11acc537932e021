//! Takes the signature lists in dpkg's `info` folder into the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Builder, Lock, PendingPackages, Segment, Store, StoreError, Verifying};
use crate::dpkg::{Database, InstalledList, PackageName};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Signatures after which a segment is written and another one begun, to bound memory: about 20 MiB.
const SEGMENT_RECORDS: usize = 50_000;

/// The signatures of all installed lists, for a guard: new lists are taken into the store, and their packages are
/// pending for the next sweep. Where the store cannot be written, new lists are held in memory.
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
    let pending = PendingPackages::read(&lock)?.merged_with(&database, &installed, &new)?;
    PendingPackages::write(&lock, &pending)?;
    Ok(take_in(root, held, &lock, store, &new)?)
}

/// The installed lists that the store does not have.
pub(crate) fn new_lists<'a>(
    installed: &'a [InstalledList],
    store: &Store,
) -> Vec<&'a InstalledList> {
    let known = store.lists();
    let is_new = |list: &&InstalledList| !known.contains(&(&list.package, list.stamp));
    installed.iter().filter(is_new).collect()
}

/// Takes new lists into the store on disk, removes what is of no use there, and opens it anew.
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
    if !builder.is_empty() {
        store.save(lock, &settled(builder, &store, held).build())?;
    }
    store.tidy(lock)?;
    Store::open(root)
}

/// Without the forged signatures, which are logged.
fn settled(mut builder: Builder, store: &Store, held: &HeldKeys) -> Builder {
    for forged in builder.settle(store, held, Verifying::Competing) {
        log::warn!("{forged}");
    }
    builder
}

/// The signatures of all installed lists, without writing anything: lists that the store lacks are held in memory.
///
/// # Errors
/// If dpkg's database or the store cannot be read.
pub fn all_in_memory(root: &Root, held: &HeldKeys) -> Result<Store, SystemError> {
    let installed = Database::new(root).lists()?;
    Ok(take_into_memory(root, held, &installed)?.0)
}

/// The store with the lists that it lacks held in memory, and the packages of these lists. The lists are read before
/// the store, so that one that another process takes in meanwhile is found there.
pub(crate) fn take_into_memory(
    root: &Root,
    held: &HeldKeys,
    installed: &[InstalledList],
) -> Result<(Store, BTreeSet<PackageName>), SystemError> {
    let mut store = Store::open(root)?;
    let new = new_lists(installed, &store);
    let new: BTreeSet<_> = new.iter().map(|list| list.package.clone()).collect();
    let (database, mut builder) = (Database::new(root), Builder::default());
    for package in &new {
        add_list(&database, package, &mut builder);
    }
    let builder = settled(builder, &store, held);
    let segment = Segment::from_bytes(builder.build());
    store.push(Arc::new(segment.expect("what we build we can read")));
    Ok((store, new))
}

/// A list that is not well-formed adds nothing: it is reported when its package is labelled.
fn add_list(database: &Database<'_>, package: &PackageName, builder: &mut Builder) {
    if let Ok(Some((content, stamp))) = database.list(package) {
        builder.add_list(package, stamp, &content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::imasigs::{Entry, List, sample};
    use crate::signatures::STATE;
    use std::time::Duration;

    /// dpkg waits meanwhile.
    #[test]
    fn a_guard_waits_for_the_lock_for_two_seconds_at_most() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("var/lib")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let lock = Lock::take(&root).unwrap();
        let told = learn_on_disk(&root, &HeldKeys::default());
        drop(lock);
        assert!(matches!(told, Err(StoreError::Busy(wait)) if wait <= Duration::from_secs(2)));
    }
    /// Signatures that were verified for the sake of others are in a second segment, under the same list.
    #[test]
    fn a_list_of_a_damaged_segment_is_read_again_though_another_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let info = folder.path().join("var/lib/dpkg/info");
        std::fs::create_dir_all(&info).unwrap();
        let contents: [&[u8]; 2] = [b"one", b"other content"];
        let entries =
            contents.map(|content| sample::entry(&format!("bin/{}", content.len()), content, 1));
        let mut text = Vec::new();
        List::new(entries.to_vec()).write_to(&mut text).unwrap();
        std::fs::write(info.join("p.imasigs"), text).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let known = |store: &Store, entry: &Entry| {
            let known = store.signatures_of(entry.size, &entry.digest);
            !known.is_empty()
        };

        let held = HeldKeys::default();
        let store = learn(&root, &held).unwrap();
        let first = &entries[0];
        let marked = &store.signatures_of(first.size, &first.digest)[0];
        let mut builder = Builder::default();
        builder.add(first.size, first.digest, marked);
        let lock = Lock::take(&root).unwrap();
        store.save(&lock, &builder.build()).unwrap();
        drop(lock);
        // The second segment is whole, and names the list.
        let state = folder.path().join(STATE);
        std::fs::write(state.join("signatures.0"), "damaged").unwrap();
        let names: Vec<_> = Store::open(&root)
            .unwrap()
            .segments
            .iter()
            .map(|it| it.1.lists().len())
            .collect();
        assert_eq!(names, [1]);

        let store = learn(&root, &held).unwrap();
        assert!(entries.iter().all(|entry| known(&store, entry)));
        assert!(!state.join("signatures.0").exists());
        assert_eq!(store.lists().len(), 1, "and once only");
    }
}
