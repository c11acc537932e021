//! What a list has for one file.

use std::iter::once;

use super::Entry;

/// The entries of a list for one file, one for each key that has signed it: all of the same path, size and digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileEntries<'a> {
    /// The one of the lowest key id. Where it does not matter by which key, it stands for all.
    pub first: &'a Entry,
    others: &'a [Entry],
}

impl<'a> FileEntries<'a> {
    /// Of entries that follow each other in a list, those of each file.
    pub fn in_each(entries: &'a [Entry]) -> impl Iterator<Item = Self> {
        let files = entries.chunk_by(|a, b| a.path == b.path);
        files.filter_map(Self::of)
    }

    /// None if there are none.
    pub(super) const fn of(entries: &'a [Entry]) -> Option<Self> {
        match entries.split_first() {
            Some((first, others)) => Some(Self { first, others }),
            None => None,
        }
    }

    /// The entries, by the ids of their keys.
    pub fn iter(self) -> impl Iterator<Item = &'a Entry> + Clone {
        once(self.first).chain(self.others)
    }
}

/// The same, held by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    first: Entry,
    others: Vec<Entry>,
}

impl ListedFile {
    /// The entries.
    #[must_use]
    pub fn entries(&self) -> FileEntries<'_> {
        FileEntries {
            first: &self.first,
            others: &self.others,
        }
    }
}

impl From<Entry> for ListedFile {
    fn from(first: Entry) -> Self {
        let others = Vec::new();
        Self { first, others }
    }
}

impl Extend<Entry> for ListedFile {
    fn extend<T: IntoIterator<Item = Entry>>(&mut self, entries: T) {
        self.others.extend(entries);
    }
}
