//! The packages that the arguments name.

use std::collections::BTreeSet;

use super::error::RelabelError;
use crate::dpkg::{Database, InstalledPackage, PackageName, installed_packages};
use crate::machine::error::shown;
use crate::machine::root::Root;

/// The named packages with a list, and those without; of all packages, if none is named.
pub(super) fn select(
    root: &Root,
    names: &[PackageName],
) -> Result<(BTreeSet<PackageName>, Vec<InstalledPackage>), RelabelError> {
    let database = Database::new(root);
    for list in database.misnamed_lists()? {
        log::warn!("'{}' is not used: no package has such a name", shown(&list));
    }
    let lists = database.lists()?.into_iter();
    let mut signed: BTreeSet<PackageName> = lists.map(|list| list.package).collect();
    let mut unsigned = installed_packages(root)?;
    unsigned.retain(|installed| !signed.contains(&installed.name));
    if !names.is_empty() {
        let named = expand(root, names)?;
        signed.retain(|package| named.contains(package));
        unsigned.retain(|installed| named.contains(&installed.name));
    }
    Ok((signed, unsigned))
}

/// The installed packages of those names. A name without an architecture stands for every one that is installed.
fn expand(root: &Root, names: &[PackageName]) -> Result<BTreeSet<PackageName>, RelabelError> {
    let database = Database::new(root);
    let mut found = BTreeSet::new();
    for name in names {
        let instances = database.instances(name)?;
        if instances.is_empty() {
            return Err(RelabelError::NotInstalled(name.clone()));
        }
        found.extend(instances);
    }
    Ok(found)
}
