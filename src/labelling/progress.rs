//! What a caller may follow of a labelling.

use std::path::Path;

use super::list::{PackageList, SourceError};
use super::outcome::FileOutcome;
use super::remark::Remark;
use crate::dpkg::PackageName;
use crate::format::imasigs::FileEntries;
use crate::machine::error::{SystemError, shown};

/// A file that was labelled, or needs or gets no label.
#[derive(Clone, Copy, Debug)]
pub struct FileDone<'a> {
    /// Its path outside the root.
    pub path: &'a Path,
    /// The package whose list names it.
    pub package: &'a PackageName,
    /// The result.
    pub outcome: FileOutcome,
}

/// Receives progress events; called from several threads.
pub trait Progress: Sync {
    /// That file of a list comes next, at each of its places.
    fn listed(&self, _listed: FileEntries<'_>) {}
    /// A file is done.
    fn file(&self, _file: &FileDone<'_>) {}
    /// A signature for the file at that path, outside the root, was displaced or passed over.
    fn remark(&self, path: &Path, remark: &Remark) {
        log::log!(remark.level(), "'{}': {remark}", shown(path));
    }
    /// A file could not be read.
    fn failure(&self, error: &SystemError);
    /// A list cannot be used, and none of its package's files is touched.
    fn bad_list(&self, package: &PackageName, error: &SourceError);
    /// All files of a package are done.
    fn package(&self, _list: &PackageList<'_>) {}
}
