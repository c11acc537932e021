//! A list, held whole.

use super::{ENTRIES_MAX, Entry, FILE_SIGNATURES_MAX, FileEntries, LIST_MAX, Problem};
use crate::format::ima::KeyId;
use crate::format::package_path::PackagePath;

/// The signature list of one package: entries sorted by path and key, each path once for each key. All entries of a path
/// name the same content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    entries: Vec<Entry>,
}

impl List {
    /// Sorts the entries. Of two with the same path and key the first is kept; where none may be lost, the caller checks
    /// before. The caller sees to it that entries of one path name the same content.
    #[must_use]
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.key().cmp(&b.key()));
        entries.dedup_by(|later, first| later.key() == first.key());
        Self { entries }
    }

    /// The entries, sorted by path and key.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of each file.
    pub fn files(&self) -> impl Iterator<Item = FileEntries<'_>> {
        FileEntries::in_each(&self.entries)
    }

    /// The entries, sorted by path and key.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The list with these entries too, in the place of those that it has with the same paths.
    #[must_use]
    pub fn with(self, newer: Vec<Entry>) -> Self {
        let mut newer = Self::new(newer);
        let mut entries = self.entries;
        entries.retain(|entry| newer.get(&entry.path).is_none());
        entries.append(&mut newer.entries);
        Self::new(entries)
    }

    /// Checks that the list, once written, can be read again.
    ///
    /// # Errors
    /// If it has more than [`ENTRIES_MAX`] entries, or more than [`FILE_SIGNATURES_MAX`] of one file, or takes more than
    /// [`LIST_MAX`] bytes.
    pub fn check_limits(&self) -> Result<(), Problem> {
        if self.entries.len() > ENTRIES_MAX {
            return Err(Problem::TooMany);
        }
        if self
            .files()
            .any(|file| file.iter().count() > FILE_SIGNATURES_MAX)
        {
            return Err(Problem::TooManySignatures);
        }
        if self.written_len() > LIST_MAX {
            return Err(Problem::ListTooLong);
        }
        Ok(())
    }

    /// The entries of the file at `path`; none if the list does not name it.
    #[must_use]
    pub fn get(&self, path: &PackagePath) -> Option<FileEntries<'_>> {
        let start = self.entries.partition_point(|entry| entry.path < *path);
        let (_, rest) = self.entries.split_at(start);
        let end = rest.partition_point(|entry| entry.path == *path);
        FileEntries::of(rest.split_at(end).0)
    }

    /// Whether each file has an entry that names that key.
    #[must_use]
    pub fn is_wholly_by(&self, key: KeyId) -> bool {
        let names = |entry: &Entry| entry.signature.key_id == key;
        self.files().all(|file| file.iter().any(names))
    }
}
