//! One file's record, and a list of them.

use super::{ENTRIES_MAX, LIST_MAX, Problem};
use crate::format::ima::{Digest, Signature};
use crate::format::package_path::PackagePath;

/// What a list says of one regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the package has it. A hint: what counts is the digest.
    pub path: PackagePath,
    /// Length of the content in bytes.
    pub size: u64,
    /// Digest of the content, by the algorithm that was signed.
    pub digest: Digest,
    /// The value for `security.ima`.
    pub signature: Signature,
    /// Keys that this program does not know, as they stood, each `key=value` or a bare `key`, with a space
    /// between two. None if there are none, which takes no memory.
    pub unknown: Option<Box<str>>,
}

/// The entries of one package, sorted by path, each path once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    entries: Vec<Entry>,
}

impl List {
    /// Sorts the entries. Of two with the same path the first is kept; a caller that must not lose
    /// one refuses it before.
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

    /// The same, given away.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Whether it is one that we would read again.
    ///
    /// # Errors
    /// If it has more entries, or takes more bytes, than that.
    pub fn check_limits(&self) -> Result<(), Problem> {
        if self.entries.len() > ENTRIES_MAX {
            return Err(Problem::TooMany);
        }
        if self.written_len() > LIST_MAX {
            return Err(Problem::ListTooLong);
        }
        Ok(())
    }

    /// The entry of that path.
    #[must_use]
    pub fn get(&self, path: &PackagePath) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.cmp(path));
        at.ok().map(|at| &self.entries[at])
    }
}
