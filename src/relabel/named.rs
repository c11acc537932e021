//! The packages that were named.

use std::collections::BTreeSet;

use super::RelabelError;
use crate::dpkg::{Database, PackageName};
use crate::root::Root;

/// All instances of them: a name without an architecture stands for each architecture that is installed.
pub(super) fn expand(
    root: &Root,
    names: &[PackageName],
) -> Result<BTreeSet<PackageName>, RelabelError> {
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
