//! The signature lists in dpkg's database.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::BufReader;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::fcntl::AtFlags;
use nix::sys::stat::{fstat, fstatat};

use super::database::{INFO, package_with};
use super::{Database, PackageName, Stamp};
use crate::format::imasigs::{self, Entry, List, ListError, Parser};
use crate::machine::error::{SystemError, shown};

/// Where the lists are that were fetched for installed packages which brought none, named as in dpkg's folder.
pub const FETCHED_FOR_INSTALLED: &str = "var/lib/dpkg-ima/lists/installed";

/// A signature list of an installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledList {
    /// The package of the list.
    pub package: PackageName,
    /// Tells whether it is still the list that was read before.
    pub stamp: Stamp,
}

/// Why a list could not be taken from the database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The list or its folder could not be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The list is not well-formed.
    #[error("'{}': {problem}", shown(.path))]
    List {
        /// The list, as people outside the root name it.
        path: PathBuf,
        /// The first fault in it.
        problem: ListError,
    },
}

/// The entries of one signature list, read one by one. Ends at the first error.
#[derive(Debug)]
pub struct ListEntries {
    parser: Parser<BufReader<File>>,
    path: PathBuf,
}

impl Iterator for ListEntries {
    type Item = Result<Entry, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.parser.next()?;
        Some(entry.map_err(|problem| DatabaseError::List {
            path: self.path.clone(),
            problem,
        }))
    }
}

impl Database<'_> {
    /// The signature lists of installed packages, sorted by package: those that the packages brought, and for packages
    /// without, those that were fetched from a source. None where there is no dpkg.
    ///
    /// A list that a killed dpkg left in the folder where it unpacks is among them, as that of
    /// [`PackageName::unpacking`]: some of its files are in their places already. That of local programs is among them, as
    /// that of [`PackageName::local`].
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn lists(&self) -> Result<Vec<InstalledList>, SystemError> {
        // The folder where dpkg unpacks before the one to which it moves lists: a list that is moved meanwhile is seen
        // twice, not missed.
        let unpacking = self.list_of(PackageName::unpacking())?;
        let mut lists = self.lists_in(INFO)?;
        let with_list: HashSet<_> = lists.iter().map(|list| list.package.clone()).collect();
        let mut fetched = self.lists_in(FETCHED_FOR_INSTALLED)?;
        fetched.retain(|list| !with_list.contains(&list.package));
        lists.extend(fetched);
        lists.extend(unpacking);
        lists.extend(self.list_of(PackageName::local())?);
        lists.sort_by(|a, b| a.package.cmp(&b.package));
        Ok(lists)
    }

    fn list_of(&self, package: PackageName) -> Result<Option<InstalledList>, SystemError> {
        let Some((file, path)) = self.open_list(&package)? else {
            return Ok(None);
        };
        let stamp = stamp_of(&file, &path)?;
        Ok(Some(InstalledList { package, stamp }))
    }

    fn lists_in(&self, folder: &str) -> Result<Vec<InstalledList>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(folder))? else {
            return Ok(Vec::new());
        };
        let mut lists = Vec::new();
        for name in folder.names()? {
            let package = package_with(&name, imasigs::MEMBER);
            let Some(package) = package else { continue };
            // A list that is gone by now needs nothing.
            if let Ok(status) = fstatat(&folder, name.as_slice(), AtFlags::AT_SYMLINK_NOFOLLOW) {
                let stamp = Stamp::from(&status);
                lists.push(InstalledList { package, stamp });
            }
        }
        Ok(lists)
    }

    /// The paths of files that are named as signature lists, of packages that dpkg cannot know by that name. Sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn misnamed_lists(&self) -> Result<Vec<PathBuf>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(Vec::new());
        };
        let end = format!(".{}", imasigs::MEMBER);
        let mut names = folder.names()?;
        names.retain(|name| {
            name.ends_with(end.as_bytes()) && package_with(name, imasigs::MEMBER).is_none()
        });
        names.sort();
        let path = |name: Vec<u8>| folder.path().join(OsStr::from_bytes(&name));
        Ok(names.into_iter().map(path).collect())
    }

    /// Whether a package has a signature list.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn has_list(&self, package: &PackageName) -> Result<bool, SystemError> {
        Ok(self.open_list(package)?.is_some())
    }

    /// Reads the signature list of a package; none if it has none.
    ///
    /// # Errors
    /// If it cannot be read or is not well-formed.
    pub fn list(&self, package: &PackageName) -> Result<Option<(List, Stamp)>, DatabaseError> {
        let Some((file, path)) = self.open_list(package)? else {
            return Ok(None);
        };
        let stamp = stamp_of(&file, &path)?;
        match List::read_from(BufReader::new(file)) {
            Ok(list) => Ok(Some((list, stamp))),
            Err(problem) => Err(DatabaseError::List { path, problem }),
        }
    }

    /// Reads the signature list of a package entry by entry, for lists that are not to be held whole; none
    /// if it has none.
    ///
    /// # Errors
    /// If it cannot be opened or does not begin as a list.
    pub fn entries(&self, package: &PackageName) -> Result<Option<ListEntries>, DatabaseError> {
        let Some((file, path)) = self.open_list(package)? else {
            return Ok(None);
        };
        match Parser::new(BufReader::new(file)) {
            Ok(parser) => Ok(Some(ListEntries { parser, path })),
            Err(problem) => Err(DatabaseError::List { path, problem }),
        }
    }

    /// Whether a package brought a signature list itself.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn brought_list(&self, package: &PackageName) -> Result<bool, SystemError> {
        let path = Self::member_path(package, imasigs::MEMBER);
        Ok(self.root.open_file(&path)?.is_some())
    }

    /// The open list of a package, and its path as people outside the root name it: the one that the package brought before
    /// one that was fetched. Local programs have a list of their own.
    fn open_list(&self, package: &PackageName) -> Result<Option<(File, PathBuf)>, SystemError> {
        if package.is_local() {
            return self.open_local_list();
        }
        let fetched = format!("{FETCHED_FOR_INSTALLED}/{package}.{}", imasigs::MEMBER);
        for path in [
            Self::member_path(package, imasigs::MEMBER),
            PathBuf::from(fetched),
        ] {
            if let Some(file) = self.root.open_file(&path)? {
                return Ok(Some((file, self.root.display(&path))));
            }
        }
        Ok(None)
    }
}

fn stamp_of(file: &File, path: &Path) -> Result<Stamp, SystemError> {
    let status = fstat(file).map_err(SystemError::at("stat", path))?;
    Ok(Stamp::from(&status))
}
