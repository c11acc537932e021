//! A package's signature list while its files are being labelled.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::placement::Placement;
use super::standing::PackageFiles;
use crate::contents::control_of;
use crate::dpkg::{Database, DatabaseError, PackageName};
use crate::format::deb::DebError;
use crate::format::imasigs::{Entry, FileEntries, List, MEMBER};
use crate::machine::error::shown;
use crate::machine::root::Root;

/// Entries that one thread takes at a time, about: those of one file go to one thread, or two would label it at once.
const BATCH: usize = 128;

/// Where a package's list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListSource {
    /// The installed package.
    pub package: PackageName,
    /// The .deb that has its list; none if dpkg has it.
    pub deb: Option<PathBuf>,
}

impl ListSource {
    /// The list that dpkg has of a package.
    #[must_use]
    pub const fn installed(package: PackageName) -> Self {
        Self { package, deb: None }
    }
}

/// Why a package's list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// dpkg's copy of it cannot be read, or is not well-formed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The .deb cannot be read, or its list is not well-formed.
    #[error("'{}': {error}", shown(.path))]
    Deb {
        /// The .deb.
        path: PathBuf,
        /// What is wrong with it.
        error: DebError,
    },
}

impl SourceError {
    /// Whether another try may find the list in order: it is not the list that is wrong.
    pub(super) const fn is_of_the_machine(&self) -> bool {
        matches!(self, Self::Database(DatabaseError::System(_)))
    }
}

/// A package's list, and how much of it is done. Threads share it.
#[derive(Debug)]
pub struct PackageList<'a> {
    pub(super) files: PackageFiles<'a>,
    from_deb: Option<DebList>,
    entries: Vec<Entry>,
    /// Entries that are not done yet.
    left: AtomicUsize,
    /// Files with the content that the list says.
    matching: AtomicUsize,
}

/// A list that a .deb has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebList {
    /// The .deb.
    pub deb: PathBuf,
    /// The list, byte for byte.
    pub bytes: Vec<u8>,
}

/// Some files of a list, for one thread.
pub(super) struct Batch<'a> {
    pub(super) list: Arc<PackageList<'a>>,
    entries: Range<usize>,
}

impl Batch<'_> {
    /// The files, with all entries that the list has for each.
    pub(super) fn files(&self) -> impl Iterator<Item = FileEntries<'_>> {
        FileEntries::in_each(&self.list.entries[self.entries.clone()])
    }

    /// The number of entries.
    pub(super) const fn len(&self) -> usize {
        self.entries.end - self.entries.start
    }
}

impl<'a> PackageList<'a> {
    /// Reads the list; none if the package has none.
    pub(super) fn load(
        source: &ListSource,
        placement: &'a Placement<'a>,
    ) -> Result<Option<Self>, SourceError> {
        let Some((list, from_deb)) = read_list(placement.root, source)? else {
            return Ok(None);
        };
        let files = PackageFiles::of(source.package.clone(), placement);
        let entries = list.into_entries();
        Ok(Some(Self {
            files: files.map_err(DatabaseError::from)?,
            from_deb,
            left: AtomicUsize::new(entries.len()),
            matching: AtomicUsize::new(0),
            entries,
        }))
    }

    pub(super) fn into_batches(self) -> Vec<Batch<'a>> {
        let list = Arc::new(self);
        let batch = |entries| Batch {
            list: list.clone(),
            entries,
        };
        ranges(&list.entries).into_iter().map(batch).collect()
    }

    /// The package, by its name in dpkg's `info` folder.
    #[must_use]
    pub const fn package(&self) -> &PackageName {
        &self.files.package
    }

    /// The list as a .deb has it; none if it is from dpkg's database.
    #[must_use]
    pub const fn from_deb(&self) -> Option<&DebList> {
        self.from_deb.as_ref()
    }

    /// Whether the list has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of files so far with the content that the list says.
    #[must_use]
    pub fn matching(&self) -> usize {
        self.matching.load(Ordering::Acquire)
    }

    /// Counts entries that are done, and how many of their files match; true if they were the last.
    pub(super) fn finish(&self, count: usize, matching: usize) -> bool {
        self.matching.fetch_add(matching, Ordering::AcqRel);
        self.left.fetch_sub(count, Ordering::AcqRel) == count
    }
}

/// Divides entries, those of one file into the same range.
fn ranges(entries: &[Entry]) -> Vec<Range<usize>> {
    let (mut ranges, mut start) = (Vec::new(), 0);
    let mut at = 0;
    for file in FileEntries::in_each(entries) {
        at += file.iter().count();
        if at - start >= BATCH {
            ranges.push(start..at);
            start = at;
        }
    }
    if start < at {
        ranges.push(start..at);
    }
    ranges
}

fn read_list(
    root: &Root,
    source: &ListSource,
) -> Result<Option<(List, Option<DebList>)>, SourceError> {
    let Some(deb) = &source.deb else {
        let list = Database::new(root).list(&source.package)?;
        return Ok(list.map(|(list, _)| (list, None)));
    };
    let error = |error| SourceError::Deb {
        path: deb.clone(),
        error,
    };
    let control = control_of(deb).map_err(error)?;
    let list = control.list().map_err(error)?;
    let bytes = control.member(MEMBER).unwrap_or_default().to_vec();
    let deb = deb.clone();
    Ok(list.map(|list| (list, Some(DebList { deb, bytes }))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::imasigs::sample;

    #[test]
    fn every_entry_is_in_one_range_and_those_of_a_file_are_in_the_same() {
        for keys in [1, 2, 3] {
            for files in [0, 1, 42, 127, 128, 129, 500] {
                let paths = (0..files).map(|file| format!("{file:03}"));
                let entries = paths.flat_map(|path| {
                    (0..keys).map(move |key| sample::entry(&path, b"content", key))
                });
                let entries: Vec<_> = entries.collect();
                let ranges = ranges(&entries);
                let all: Vec<_> = ranges.iter().cloned().flatten().collect();
                assert_eq!(all, (0..entries.len()).collect::<Vec<_>>());
                let per_file = |range: &Range<usize>| range.len() % keys as usize == 0;
                assert!(ranges.iter().all(per_file), "{ranges:?}");
                assert!(
                    ranges
                        .iter()
                        .all(|range| range.len() < BATCH + keys as usize)
                );
            }
        }
    }
}
