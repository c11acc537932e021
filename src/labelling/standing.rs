//! Where the files of a list's entries are, and whether one may be missing or different.
//!
//! A list says what its package's files hold. That a file is not so need not be wrong: the administrator may change a
//! conffile, dpkg may have been told to leave a file out, another package may have taken it over, and a dpkg that was
//! killed leaves files beside their places.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::placement::{Placement, read_once};
use crate::dpkg::{Database, PackageName};
use crate::format::imasigs::Entry;
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;

/// Suffixes of files that dpkg leaves beside their places: unpacked and not yet moved there, and the new version of a
/// conffile of which the administrator keeps the old one. SPEC: deferred_configure_conffile(),
/// src/main/configure.c.
const BESIDE: [&str; 2] = [".dpkg-new", ".dpkg-dist"];

/// A path where the file of an entry may be, from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// Whether it is beside the place of the file.
    pub(crate) is_beside: bool,
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDisk {
    /// A file with the content that the list says.
    Listed,
    /// A file with another content.
    Other,
    /// No file.
    Nothing,
}

/// How a place stands to the entry that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Standing {
    /// The content is what the list says.
    Listed,
    /// Another content, of a file that only dpkg should change.
    Altered,
    /// Another content, of a file that the administrator may change.
    ChangedConffile,
    /// The file should be there, and is not.
    Missing,
    /// The file is not there, and was never meant to be.
    Excluded,
    /// The place is not the entry's: another package has taken it over (`Replaces`), or dpkg was killed before it came to
    /// it, or it is beside the file's place and need not hold anything.
    OfAnother,
}

/// What an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    /// A control member, such as a maintainer script.
    Member,
    /// A file that only dpkg should change.
    File,
    /// A file that the administrator may change.
    Conffile,
}

/// The files of one package, as dpkg has them. Threads may share it.
#[derive(Debug)]
pub(crate) struct PackageFiles<'a> {
    placement: &'a Placement<'a>,
    pub(crate) package: PackageName,
    conffiles: HashSet<PackagePath>,
    /// dpkg's file list, read when the first file is not as the signature list says.
    paths: OnceLock<HashSet<PackagePath>>,
}

impl<'a> PackageFiles<'a> {
    /// Reads the names of the conffiles.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn of(
        package: PackageName,
        placement: &'a Placement<'a>,
    ) -> Result<Self, SystemError> {
        Ok(Self {
            conffiles: Database::new(placement.root).conffiles(&package)?,
            paths: OnceLock::new(),
            placement,
            package,
        })
    }

    /// The places where the file of an entry may be, never none: its own place first.
    pub(crate) fn places(&self, entry: &Entry) -> Vec<Place> {
        let path = self.path(entry);
        let mut places = vec![Place {
            path: path.clone(),
            is_beside: false,
        }];
        let may_lie_beside = match self.kind(entry) {
            EntryKind::Member => false,
            EntryKind::File => self.package.is_unpacking(),
            EntryKind::Conffile => true,
        };
        if may_lie_beside {
            places.extend(BESIDE.map(|suffix| {
                let mut path = path.clone().into_os_string();
                path.push(suffix);
                Place {
                    path: path.into(),
                    is_beside: true,
                }
            }));
        }
        places
    }

    fn path(&self, entry: &Entry) -> PathBuf {
        if let Some(member) = entry.path.control_member() {
            return Database::member_path(&self.package, &String::from_utf8_lossy(member));
        }
        if self.package.is_local() {
            // What dpkg diverts are the files of packages.
            return entry.path.as_path().to_owned();
        }
        let diversions = &self.placement.diversions;
        let path = diversions.resolve(&entry.path, &self.package);
        path.as_path().to_owned()
    }

    /// Whether the file of an entry is the package's, as dpkg has it. That its list names the file does not make it so, unless
    /// it is root's own list of local programs.
    ///
    /// # Errors
    /// If dpkg's file list cannot be read.
    pub(crate) fn owns(&self, entry: &Entry) -> Result<bool, SystemError> {
        if self.package.is_local() {
            return Ok(true);
        }
        if self.kind(entry) != EntryKind::Member {
            return Ok(self.paths()?.contains(&entry.path));
        }
        // SPEC: dpkg drops members with a dot in their names, which would be those of another package.
        let owner = || Database::owner_of_member(&self.path(entry));
        Ok(self.package.is_unpacking() || owner().as_ref() == Some(&self.package))
    }

    /// How a place of an entry stands, by what lies there.
    ///
    /// # Errors
    /// If dpkg's file list or configuration cannot be read.
    pub(crate) fn standing(
        &self,
        entry: &Entry,
        place: &Place,
        on_disk: OnDisk,
    ) -> Result<Standing, SystemError> {
        let kind = self.kind(entry);
        let is_own = match on_disk {
            _ if place.is_beside => on_disk == OnDisk::Listed,
            // All members are extracted before the first file. The members are then moved one by one.
            _ if self.package.is_unpacking() => {
                on_disk == OnDisk::Listed || kind == EntryKind::Member && on_disk == OnDisk::Other
            }
            _ => self.owns(entry)?,
        };
        Ok(match on_disk {
            _ if !is_own => Standing::OfAnother,
            OnDisk::Listed => Standing::Listed,
            OnDisk::Other if kind == EntryKind::Conffile => Standing::ChangedConffile,
            OnDisk::Other => Standing::Altered,
            OnDisk::Nothing if self.may_be_left_out(kind, entry)? => Standing::Excluded,
            OnDisk::Nothing => Standing::Missing,
        })
    }

    fn may_be_left_out(&self, kind: EntryKind, entry: &Entry) -> Result<bool, SystemError> {
        match kind {
            // dpkg never unpacked it.
            _ if self.package.is_local() => Ok(false),
            // The empty file that debconf makes up for a package without a config script.
            EntryKind::Member => Ok(entry.size == 0),
            EntryKind::File | EntryKind::Conffile => self.placement.excludes(&entry.path),
        }
    }

    fn kind(&self, entry: &Entry) -> EntryKind {
        if entry.path.control_member().is_some() {
            EntryKind::Member
        } else if self.conffiles.contains(&entry.path) {
            EntryKind::Conffile
        } else {
            EntryKind::File
        }
    }

    fn paths(&self) -> Result<&HashSet<PackagePath>, SystemError> {
        let database = Database::new(self.placement.root);
        read_once(&self.paths, || database.paths(&self.package))
    }
}

#[cfg(test)]
mod tests;
