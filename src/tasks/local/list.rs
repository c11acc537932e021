//! The list of local programs, read and replaced under the lock.

use std::path::Path;

use super::error::LocalError;
use crate::dpkg::{Database, LOCAL_LIST, PackageName};
use crate::format::imasigs::{List, Problem};
use crate::guard::{Request, request};
use crate::keys::signing::system_keys;
use crate::machine::root::Root;
use crate::signatures::{Lock, Store, learn};

/// The entries of the list; none if there is no list.
///
/// SECURITY: a list that others than root may write is not taken over.
pub(super) fn read_list(root: &Root) -> Result<List, LocalError> {
    let database = Database::new(root);
    if database.has_strange_local_list()? {
        return Err(LocalError::Strange(root.display(Path::new(LOCAL_LIST))));
    }
    let list = database.list(&PackageName::local())?;
    Ok(list.map(|(list, _)| list).unwrap_or_default())
}

/// Replaces the list whole; an empty one is removed.
pub(super) fn write_list(lock: &Lock, list: &List) -> Result<(), LocalError> {
    let path = Path::new(LOCAL_LIST);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if list.entries().is_empty() {
        return Ok(lock.folder().remove(&name)?);
    }
    list.check_limits()?;
    let mut text = Vec::new();
    list.write_to(&mut text).map_err(Problem::from)?;
    Ok(lock.folder().replace(&name, &text)?)
}

/// Has the store forget all signatures of local programs. Those of the list are taken in again by [`take_over`].
pub(super) fn forget_in_store(root: &Root, lock: &Lock) -> Result<(), LocalError> {
    let database = Database::new(root);
    let keep =
        |package: &PackageName| !package.is_local() && database.knows(package).unwrap_or(true);
    Ok(Store::open(root)?.merge(lock, keep)?)
}

/// Takes the list into the store, and has a guard that runs read that anew. Not with the lock.
pub(super) fn take_over(root: &Root) -> Result<(), LocalError> {
    learn(root, &system_keys(root))?;
    if root.is_running_system() {
        // Without a guard there is no one to tell.
        if let Err(error) = request(&Request::StoreChanged) {
            log::debug!("{error}");
        }
    }
    Ok(())
}
