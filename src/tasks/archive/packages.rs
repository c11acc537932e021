//! The packages that the indexes name, as far as they are meant.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::BufReader;
use std::sync::Arc;

use super::choice::{Choice, Unmet};
use super::error::ArchiveError;
use super::limits::PACKAGES_MAX;
use super::shard::Shard;
use super::update::PackagesFile;
use crate::format::ima::Digest;
use crate::format::packages_index::{IndexError, IndexedPackage, PackagesIndex};
use crate::format::tree::ListName;
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// A package that can be fetched.
#[derive(Clone, Debug)]
pub struct ArchivePackage {
    /// As the index describes it.
    pub indexed: IndexedPackage,
    /// Where the archive is; with a slash at the end.
    archive: Arc<str>,
}

impl ArchivePackage {
    #[cfg(test)]
    pub(super) fn at(archive: &str, indexed: IndexedPackage) -> Self {
        let archive = archive.into();
        Self { indexed, archive }
    }

    /// Where it is fetched from.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{}{}", self.archive, self.indexed.path)
    }
}

/// Why a package is not signed.
#[derive(Debug, thiserror::Error)]
pub enum LeftOut {
    /// Its index says nothing that could be used.
    #[error(transparent)]
    Index(IndexError),
    /// Another package has its name, version and architecture, and other content.
    #[error("the archive has another package of the same name, version and architecture")]
    Ambiguous,
    /// It needs more than all of the disk that packages may take, being there twice while it is copied.
    #[error("it has {size} bytes, and packages may take {disk} with their copies")]
    Large {
        /// Its size.
        size: u64,
        /// The limit.
        disk: u64,
    },
}

/// The packages of all indexes.
#[derive(Debug)]
pub struct ArchivePackages {
    /// Those that are meant, in the order of the indexes. No two have the same name.
    pub meant: Vec<ArchivePackage>,
    /// The URIs of packages, or of archives, and why they are not signed.
    pub left_out: Vec<(String, LeftOut)>,
    /// What was asked for and is not there.
    pub unmet: Unmet,
    /// All of them, meant or not, by name.
    all: HashMap<ListName, Digest>,
    disk: u64,
}

impl ArchivePackages {
    /// Reads the indexes. A package is meant that the choice takes and the shard covers, and that `disk` bytes suffice for
    /// twice.
    ///
    /// # Errors
    /// If an index cannot be read to its end, or names too many packages.
    pub fn read(
        indexes: &[PackagesFile],
        choice: &Choice,
        shard: Option<Shard>,
        disk: u64,
    ) -> Result<Self, ArchiveError> {
        let mut packages = Self {
            meant: Vec::new(),
            left_out: Vec::new(),
            unmet: Unmet::default(),
            all: HashMap::new(),
            disk,
        };
        let mut wishes = choice.wishes();
        let mut count = 0;
        for index in indexes {
            let archive: Arc<str> = index.archive.as_str().into();
            let file = open_named(&index.file).map_err(SystemError::at("open", &index.file))?;
            for entry in PackagesIndex::new(BufReader::new(file)) {
                count += 1;
                if count > PACKAGES_MAX {
                    return Err(ArchiveError::TooMany);
                }
                match entry {
                    Ok(indexed) => {
                        let taken = choice.takes(&indexed, &mut wishes);
                        let covered = shard.is_none_or(|it| it.covers(indexed.source.as_bytes()));
                        packages.enter(indexed, &archive, taken && covered);
                    }
                    Err(error @ IndexError::Entry { .. }) => {
                        let reason = LeftOut::Index(error);
                        packages.left_out.push((index.archive.clone(), reason));
                    }
                    Err(error) => {
                        return Err(ArchiveError::Index(index.archive.as_str().into(), error));
                    }
                }
            }
        }
        packages.unmet = wishes.into_unmet();
        Ok(packages)
    }

    /// The names of the lists of all packages that the indexes have, meant or not.
    #[must_use]
    pub fn names(&self) -> HashSet<ListName> {
        self.all.keys().cloned().collect()
    }

    fn enter(&mut self, indexed: IndexedPackage, archive: &Arc<str>, meant: bool) {
        let same = match self.all.entry(indexed.name.clone()) {
            Entry::Occupied(first) => Some(*first.get() == indexed.digest),
            Entry::Vacant(place) => {
                place.insert(indexed.digest);
                None
            }
        };
        let package = ArchivePackage {
            archive: Arc::clone(archive),
            indexed,
        };
        let size = package.indexed.size;
        let reason = match same {
            _ if !meant => return,
            // Several suites of an archive have it.
            Some(true) => return,
            Some(false) => LeftOut::Ambiguous,
            None if size > self.disk / 2 => LeftOut::Large {
                size,
                disk: self.disk,
            },
            None => return self.meant.push(package),
        };
        self.left_out.push((package.uri(), reason));
    }
}
