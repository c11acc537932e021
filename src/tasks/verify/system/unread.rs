//! The files that all lists name, in batches.

use std::slice;
use std::sync::Arc;

use super::report::BATCH;
use crate::dpkg::{Database, ListEntries, PackageName};
use crate::format::imasigs::{ByFile, ListedFile};
use crate::labelling::{PackageFiles, Placement};
use crate::machine::root::Root;
use crate::tasks::target::TargetError;

/// A file with its package, or why the rest of a list cannot be read.
pub(super) type UnverifiedFile<'a> = Result<(Arc<PackageFiles<'a>>, ListedFile), TargetError>;

/// A package, and what is still to be read of its list.
type OpenList<'a> = (Arc<PackageFiles<'a>>, ByFile<ListEntries>);

/// The files in the lists of packages that were not read yet. One list is open at a time.
pub(super) struct UnreadFiles<'a> {
    placement: &'a Placement<'a>,
    packages: slice::Iter<'a, PackageName>,
    current: Option<OpenList<'a>>,
}

impl<'a> UnreadFiles<'a> {
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

    /// The next files; none are left if it is empty.
    pub(super) fn batch(&mut self) -> Vec<UnverifiedFile<'a>> {
        self.take(BATCH).collect()
    }

    /// None for a package whose list is gone since it was counted.
    fn open(&self, package: &PackageName) -> Result<Option<OpenList<'a>>, TargetError> {
        let Some(entries) = Database::new(self.placement.root).entries(package)? else {
            return Ok(None);
        };
        let files = PackageFiles::of(package.clone(), self.placement)?;
        Ok(Some((Arc::new(files), ByFile::new(entries))))
    }
}

impl<'a> Iterator for UnreadFiles<'a> {
    type Item = UnverifiedFile<'a>;

    fn next(&mut self) -> Option<UnverifiedFile<'a>> {
        loop {
            let current = self.current.as_mut();
            if let Some((files, listed)) =
                current.and_then(|(files, unread)| Some((files.clone(), unread.next()?)))
            {
                return Some(
                    listed
                        .map(|listed| (files, listed))
                        .map_err(TargetError::from),
                );
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
