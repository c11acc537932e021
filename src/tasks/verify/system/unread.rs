//! The entries of all lists, in batches.

use std::slice;
use std::sync::Arc;

use super::report::BATCH;
use crate::dpkg::{Database, ListEntries, PackageName};
use crate::format::imasigs::Entry;
use crate::labelling::{PackageFiles, Placement};
use crate::machine::root::Root;
use crate::tasks::target::TargetError;

/// An entry with its package, or why the rest of a list cannot be read.
pub(super) type UnverifiedEntry<'a> = Result<(Arc<PackageFiles<'a>>, Entry), TargetError>;

/// The entries of the lists of packages that were not read yet. One list is open at a time.
pub(super) struct UnreadEntries<'a> {
    placement: &'a Placement<'a>,
    packages: slice::Iter<'a, PackageName>,
    current: Option<(Arc<PackageFiles<'a>>, ListEntries)>,
}

impl<'a> UnreadEntries<'a> {
    pub(super) fn of(packages: &'a [PackageName], placement: &'a Placement<'a>) -> Self {
        Self {
            placement,
            packages: packages.iter(),
            current: None,
        }
    }

    pub(super) const fn root(&self) -> &'a Root {
        self.placement.root
    }

    /// The next entries; none are left if it is empty.
    pub(super) fn batch(&mut self) -> Vec<UnverifiedEntry<'a>> {
        self.take(BATCH).collect()
    }

    /// None for a package whose list is gone since it was counted.
    fn open(
        &self,
        package: &PackageName,
    ) -> Result<Option<(Arc<PackageFiles<'a>>, ListEntries)>, TargetError> {
        let Some(entries) = Database::new(self.placement.root).entries(package)? else {
            return Ok(None);
        };
        let files = PackageFiles::of(package.clone(), self.placement)?;
        Ok(Some((Arc::new(files), entries)))
    }
}

impl<'a> Iterator for UnreadEntries<'a> {
    type Item = UnverifiedEntry<'a>;

    fn next(&mut self) -> Option<UnverifiedEntry<'a>> {
        loop {
            let current = self.current.as_mut();
            if let Some((files, entry)) =
                current.and_then(|(files, entries)| Some((files.clone(), entries.next()?)))
            {
                return Some(entry.map(|entry| (files, entry)).map_err(TargetError::from));
            }
            let package = self.packages.next()?;
            self.current = None;
            match self.open(package) {
                Ok(opened) => self.current = opened,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
