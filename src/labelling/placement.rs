//! Where dpkg puts the files of packages, and which it leaves out.

use std::sync::OnceLock;

use crate::dpkg::{Database, Diversions, Filters};
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Where dpkg puts files, and which it leaves out, for all packages of a system.
#[derive(Debug)]
pub(crate) struct Placement<'a> {
    pub(crate) root: &'a Root,
    pub(crate) diversions: Diversions,
    /// Read when the first file is missing.
    filters: OnceLock<Filters>,
}

impl<'a> Placement<'a> {
    /// Reads the diversions.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn of(root: &'a Root) -> Result<Self, SystemError> {
        Ok(Self {
            root,
            diversions: Database::new(root).diversions()?,
            filters: OnceLock::new(),
        })
    }

    /// Whether dpkg was told not to unpack the path.
    pub(super) fn excludes(&self, path: &PackagePath) -> Result<bool, SystemError> {
        let filters = read_once(&self.filters, || Filters::of_root(self.root))?;
        Ok(filters.exclude(path))
    }
}

/// The value of a cell; reads it if nobody has. Two threads may both read, and the first value stays.
pub(super) fn read_once<T>(
    cell: &OnceLock<T>,
    read: impl FnOnce() -> Result<T, SystemError>,
) -> Result<&T, SystemError> {
    match cell.get() {
        Some(value) => Ok(value),
        None => {
            let value = read()?;
            Ok(cell.get_or_init(|| value))
        }
    }
}
