//! A package whose files are being labelled.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::item::{Item, Kind};
use crate::contents::control_of;
use crate::dpkg::{Database, DatabaseError, PackageName};
use crate::format::deb::DebError;
use crate::format::imasigs::{Entry, List, MEMBER};
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// So many files are labelled by one thread before it looks for more.
const BATCH: usize = 128;

/// Where a package's list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose files they are.
    pub package: PackageName,
    /// The .deb with its list; none if dpkg has it.
    pub deb: Option<PathBuf>,
}

impl Source {
    /// A package whose list dpkg has.
    #[must_use]
    pub const fn installed(package: PackageName) -> Self {
        Self { package, deb: None }
    }
}

/// Why a package's list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// That of dpkg's database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// That of a .deb.
    #[error("'{}': {error}", crate::machine::error::shown(.path))]
    Deb {
        /// The .deb.
        path: PathBuf,
        /// What is wrong with it.
        error: DebError,
    },
}

impl SourceError {
    /// Whether the next time it may be another.
    pub(super) const fn is_of_the_machine(&self) -> bool {
        matches!(self, Self::Database(DatabaseError::System(_)))
    }
}

/// A package, its list, and how far its files are.
#[derive(Debug)]
pub struct Package {
    /// Its name, as `info/` has it.
    pub name: PackageName,
    /// The .deb that its list came from, if not from dpkg's database, and the list as it came.
    pub from_deb: Option<(PathBuf, Vec<u8>)>,
    entries: Vec<Entry>,
    conffiles: HashSet<PackagePath>,
    /// Files of its list, as dpkg has them now. Read when first asked for.
    paths: OnceLock<HashSet<PackagePath>>,
    /// Entries that are not dealt with yet.
    left: AtomicUsize,
    /// Entries whose file has the content that the list says.
    matching: AtomicUsize,
}

/// Some entries of a package, for one thread.
pub(super) struct Batch {
    pub(super) package: Arc<Package>,
    pub(super) entries: Range<usize>,
}

impl Package {
    /// Reads the list; none if the package has none.
    pub(super) fn load(root: &Root, source: &Source) -> Result<Option<Self>, SourceError> {
        let Some((list, from_deb)) = load_list(root, source)? else {
            return Ok(None);
        };
        let conffiles = Database::new(root).conffiles(&source.package);
        let entries = list.into_entries();
        Ok(Some(Self {
            name: source.package.clone(),
            from_deb,
            conffiles: conffiles.map_err(DatabaseError::from)?,
            paths: OnceLock::new(),
            left: AtomicUsize::new(entries.len()),
            matching: AtomicUsize::new(0),
            entries,
        }))
    }

    pub(super) fn batches(self: Arc<Self>) -> Vec<Batch> {
        let count = self.entries.len();
        let starts = (0..count).step_by(BATCH);
        let batch = |start: usize| Batch {
            package: self.clone(),
            entries: start..count.min(start + BATCH),
        };
        starts.map(batch).collect()
    }

    /// How many entries its list has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether its list has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many entries have a file with the content that the list says.
    #[must_use]
    pub fn matching(&self) -> usize {
        self.matching.load(Ordering::Acquire)
    }

    pub(super) fn items(&self, entries: Range<usize>) -> impl Iterator<Item = Item<'_>> {
        self.entries[entries].iter().map(|entry| Item {
            entry,
            package: &self.name,
            kind: Kind::of(entry, &self.conffiles),
        })
    }

    /// Notes that so many entries are dealt with, some of which match; true if those were the last.
    pub(super) fn finish(&self, count: usize, matching: usize) -> bool {
        self.matching.fetch_add(matching, Ordering::AcqRel);
        self.left.fetch_sub(count, Ordering::AcqRel) == count
    }

    /// Whether another package has taken the file over (`Replaces`): dpkg strikes it off the list of files.
    pub(super) fn is_replaced(&self, root: &Root, item: Item<'_>) -> Result<bool, SystemError> {
        Ok(item.kind == Kind::File && !self.paths(root)?.contains(&item.entry.path))
    }

    /// Whether the file at that place is the package's, as dpkg has it. What its list says does not make it so.
    pub(super) fn owns(
        &self,
        root: &Root,
        item: Item<'_>,
        place: &Path,
    ) -> Result<bool, SystemError> {
        Ok(match item.kind {
            Kind::Member if self.name.is_unpacking() => true,
            // SPEC: dpkg drops members with a dot in their names, which would be those of another package.
            Kind::Member => Database::owner_of_member(place).as_ref() == Some(&self.name),
            Kind::File | Kind::Conffile => self.paths(root)?.contains(&item.entry.path),
        })
    }

    fn paths(&self, root: &Root) -> Result<&HashSet<PackagePath>, SystemError> {
        match self.paths.get() {
            Some(paths) => Ok(paths),
            None => {
                let paths = Database::new(root).paths(&self.name)?;
                Ok(self.paths.get_or_init(|| paths))
            }
        }
    }
}

/// A list, and where it is from as in [`Package::from_deb`].
type Loaded = (List, Option<(PathBuf, Vec<u8>)>);

fn load_list(root: &Root, source: &Source) -> Result<Option<Loaded>, SourceError> {
    let Some(path) = &source.deb else {
        let list = Database::new(root).list(&source.package)?;
        return Ok(list.map(|(list, _)| (list, None)));
    };
    let error = |error| SourceError::Deb {
        path: path.clone(),
        error,
    };
    let control = control_of(path).map_err(error)?;
    let list = control.list().map_err(error)?;
    let bytes = control.member(MEMBER).unwrap_or_default();
    Ok(list.map(|list| (list, Some((path.clone(), bytes.to_vec())))))
}
