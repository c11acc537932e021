//! An entry, and the list of them.

use super::{ENTRIES_MAX, LIST_MAX, Problem};
use crate::format::ima::{Digest, Signature};
use crate::format::package_path::PackagePath;

/// What a list says of one regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the package has the file. It helps to find the file; which signature it gets is decided by the digest.
    pub path: PackagePath,
    /// Length of the content in bytes.
    pub size: u64,
    /// The digest of the content that the signature is over.
    pub digest: Digest,
    /// The signature: the value for `security.ima`.
    pub signature: Signature,
    /// The keywords that this program does not know, as in the line, each with or without a value, with a space
    /// between two. None if there are none, as in most lists, so that an entry takes no memory for them.
    pub unknown: Option<Box<str>>,
}

/// The signature list of one package: entries sorted by path, each path once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    entries: Vec<Entry>,
}

impl List {
    /// Sorts the entries. Of two with the same path the first is kept; where none may be lost, the caller checks
    /// before.
    #[must_use]
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|later, first| later.path == first.path);
        Self { entries }
    }

    /// The entries, sorted by path.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, sorted by path.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The list with these entries too, in the place of those that it has with the same paths.
    #[must_use]
    pub fn with(self, mut newer: Vec<Entry>) -> Self {
        newer.extend(self.entries);
        Self::new(newer)
    }

    /// Checks that the list, once written, can be read again.
    ///
    /// # Errors
    /// If it has more than [`ENTRIES_MAX`] entries, or takes more than [`LIST_MAX`] bytes.
    pub fn check_limits(&self) -> Result<(), Problem> {
        if self.entries.len() > ENTRIES_MAX {
            return Err(Problem::TooMany);
        }
        if self.written_len() > LIST_MAX {
            return Err(Problem::ListTooLong);
        }
        Ok(())
    }

    /// The entry of the file at `path`.
    #[must_use]
    pub fn get(&self, path: &PackagePath) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.cmp(path));
        at.ok().map(|at| &self.entries[at])
    }
}
