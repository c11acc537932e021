//! The `info` folder: signature lists, conffiles, file lists.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::fcntl::AtFlags;
use nix::sys::stat::{Mode, fstat, fstatat};

use super::{Diversions, PackageName, Stamp};
use crate::format::imasigs::{self, Entry, List, ListError, Parser};
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Where dpkg keeps its files, beneath the root.
const ADMIN: &str = "var/lib/dpkg";
/// The same, for the members of installed packages.
const INFO: &str = "var/lib/dpkg/info";
/// Where dpkg unpacks the control members of the package that it is installing.
const UNPACKING: &str = "var/lib/dpkg/tmp.ci";
/// Largest text file of dpkg's that we read, in bytes. The list of a package with 100,000 files is
/// about 10 MB.
const TEXT_MAX: u64 = 64 << 20;

/// A signature list of an installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledList {
    /// Whose it is.
    pub package: PackageName,
    /// Tells whether it is still the one that was read before.
    pub stamp: Stamp,
}

/// dpkg's database beneath a root.
#[derive(Debug)]
pub struct Database<'a> {
    pub(super) root: &'a Root,
}

/// Why a list could not be taken from the database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It could not be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It is not well-formed.
    #[error("'{}': {problem}", crate::machine::error::shown(.path))]
    List {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        problem: ListError,
    },
}

/// The entries of one signature list. Ends at the first error.
#[derive(Debug)]
pub struct Entries {
    parser: Parser<BufReader<File>>,
    path: PathBuf,
}

impl Iterator for Entries {
    type Item = Result<Entry, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.parser.next()?;
        Some(entry.map_err(|problem| DatabaseError::List {
            path: self.path.clone(),
            problem,
        }))
    }
}

impl<'a> Database<'a> {
    /// The database of that root; nothing is read yet.
    #[must_use]
    pub const fn new(root: &'a Root) -> Self {
        Self { root }
    }

    /// The signature lists of installed packages, sorted by package. None where there is no dpkg.
    ///
    /// A list that a killed dpkg left where it unpacks is among them, as that of
    /// [`PackageName::unpacking`]: some of its files are in their places already.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn lists(&self) -> Result<Vec<InstalledList>, SystemError> {
        // First where dpkg takes it from, then where it puts it: a list that is moved meanwhile is seen twice, not
        // missed.
        let unpacking = self.list_being_unpacked()?;
        let mut lists = self.info_lists()?;
        lists.extend(unpacking);
        lists.sort_by(|a, b| a.package.cmp(&b.package));
        Ok(lists)
    }

    fn list_being_unpacked(&self) -> Result<Option<InstalledList>, SystemError> {
        let package = PackageName::unpacking();
        let path = Self::member_path(&package, imasigs::MEMBER);
        let Some(file) = self.root.open_file(&path)? else {
            return Ok(None);
        };
        let stamp = stamp_of(&file);
        let stamp = stamp.map_err(SystemError::at("stat", &self.root.display(&path)))?;
        Ok(Some(InstalledList { package, stamp }))
    }

    fn info_lists(&self) -> Result<Vec<InstalledList>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(Vec::new());
        };
        let mut lists = Vec::new();
        for name in folder.names()? {
            let package = package_with(&name, imasigs::MEMBER);
            let Some(package) = package else { continue };
            // One that vanishes meanwhile was removed: nothing to do for it.
            if let Ok(status) = fstatat(&folder, name.as_slice(), AtFlags::AT_SYMLINK_NOFOLLOW) {
                let stamp = Stamp::from(&status);
                lists.push(InstalledList { package, stamp });
            }
        }
        Ok(lists)
    }

    /// Files that are named as signature lists and no package can have, so that dpkg does not know them either.
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

    /// Whether dpkg has a database beneath the root.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn is_there(&self) -> Result<bool, SystemError> {
        Ok(self.root.open_folder(Path::new(INFO))?.is_some())
    }

    /// The device that the lists of installed packages are on; none where there is no dpkg.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn device(&self) -> Result<Option<u64>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(None);
        };
        let status = fstat(&folder).map_err(SystemError::at("stat", folder.path()))?;
        Ok(Some(status.st_dev))
    }

    /// A member that dpkg keeps of a package, such as `preinst`.
    #[must_use]
    pub fn member_path(package: &PackageName, member: &str) -> PathBuf {
        if package.is_unpacking() {
            return Path::new(UNPACKING).join(member);
        }
        Path::new(INFO).join(format!("{package}.{member}"))
    }

    /// Puts a member where dpkg keeps those of the package. Only with [`DatabaseLock`](super::DatabaseLock).
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn add_member(
        &self,
        package: &PackageName,
        member: &str,
        content: &[u8],
    ) -> Result<(), SystemError> {
        let path = Path::new(INFO);
        let folder = self.root.open_folder(path)?.ok_or_else(|| {
            let gone = std::io::ErrorKind::NotFound;
            SystemError::at("open", &self.root.display(path))(gone)
        })?;
        // SPEC: as tar has it in the .deb.
        let mode = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IROTH;
        folder.replace_as(&format!("{package}.{member}"), content, mode)
    }

    /// Whether a package has a signature list.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn has_list(&self, package: &PackageName) -> Result<bool, SystemError> {
        let list = Self::member_path(package, imasigs::MEMBER);
        Ok(self.root.open_file(&list)?.is_some())
    }

    /// Reads the signature list of a package; none if it has none.
    ///
    /// # Errors
    /// If it cannot be read or is not well-formed.
    pub fn list(&self, package: &PackageName) -> Result<Option<(List, Stamp)>, DatabaseError> {
        self.list_at(&Self::member_path(package, imasigs::MEMBER))
    }

    /// Reads the signature list of a package entry by entry, for lists that are not to be held whole; none
    /// if it has none.
    ///
    /// # Errors
    /// If it cannot be opened or does not begin as a list.
    pub fn entries(&self, package: &PackageName) -> Result<Option<Entries>, DatabaseError> {
        let path = Self::member_path(package, imasigs::MEMBER);
        let Some(file) = self.root.open_file(&path)? else {
            return Ok(None);
        };
        let path = self.root.display(&path);
        match Parser::new(BufReader::new(file)) {
            Ok(parser) => Ok(Some(Entries { parser, path })),
            Err(problem) => Err(DatabaseError::List { path, problem }),
        }
    }

    fn list_at(&self, path: &Path) -> Result<Option<(List, Stamp)>, DatabaseError> {
        let Some(file) = self.root.open_file(path)? else {
            return Ok(None);
        };
        let stamp = stamp_of(&file).map_err(SystemError::at("stat", &self.root.display(path)))?;
        let list = List::read_from(BufReader::new(file)).map_err(|problem| {
            let path = self.root.display(path);
            DatabaseError::List { path, problem }
        })?;
        Ok(Some((list, stamp)))
    }

    /// The configuration files of a package.
    ///
    /// # Errors
    /// If the file that names them cannot be read.
    pub fn conffiles(&self, package: &PackageName) -> Result<HashSet<PackagePath>, SystemError> {
        // SPEC: deb-conffiles(5): flags such as remove-on-upgrade stand before the path.
        self.paths_in(&Self::member_path(package, "conffiles"), |line| {
            let start = line.iter().position(|&byte| byte == b'/')?;
            PackagePath::new(&line[start..]).ok()
        })
    }

    /// All paths of a package, folders among them, as dpkg has them; a file that another package
    /// replaced is not there any more.
    ///
    /// # Errors
    /// If the file list cannot be read.
    pub fn paths(&self, package: &PackageName) -> Result<HashSet<PackagePath>, SystemError> {
        let path = Self::member_path(package, "list");
        self.paths_in(&path, |line| PackagePath::new(line).ok())
    }

    /// Calls `visit` with each of [`Self::paths`], in the order of the file list, holding no more than one.
    ///
    /// # Errors
    /// If the file list cannot be read.
    pub fn visit_paths(
        &self,
        package: &PackageName,
        mut visit: impl FnMut(PackagePath),
    ) -> Result<(), SystemError> {
        self.visit_lines(&Self::member_path(package, "list"), |line| {
            if let Ok(path) = PackagePath::new(line) {
                visit(path);
            }
        })
    }

    fn paths_in(
        &self,
        path: &Path,
        parse: impl Fn(&[u8]) -> Option<PackagePath>,
    ) -> Result<HashSet<PackagePath>, SystemError> {
        let mut paths = HashSet::new();
        self.visit_lines(path, |line| paths.extend(parse(line)))?;
        Ok(paths)
    }

    /// Lines without their line feeds; none if there is no such file.
    fn visit_lines(&self, path: &Path, mut visit: impl FnMut(&[u8])) -> Result<(), SystemError> {
        let Some(file) = self.root.open_file(path)? else {
            return Ok(());
        };
        let error = |source: io::Error| SystemError::at("read", &self.root.display(path))(source);
        let mut input = BufReader::new(file.take(TEXT_MAX + 1));
        let mut line = Vec::new();
        let mut left = TEXT_MAX;
        loop {
            line.clear();
            let length = input.read_until(b'\n', &mut line).map_err(error)?;
            if length == 0 {
                return Ok(());
            }
            let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
            left = left
                .checked_sub(length as u64)
                .ok_or_else(too_large)
                .map_err(error)?;
            visit(line.strip_suffix(b"\n").unwrap_or(&line));
        }
    }

    /// Whether dpkg knows the package: installed, or removed but not purged.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn knows(&self, package: &PackageName) -> Result<bool, SystemError> {
        let list = self.root.open_file(&Self::member_path(package, "list"))?;
        Ok(list.is_some())
    }

    /// All packages that dpkg knows: installed, or removed but not purged. Sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn packages(&self) -> Result<Vec<PackageName>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(Vec::new());
        };
        let names = folder.names()?.into_iter();
        let mut packages: Vec<_> = names
            .filter_map(|name| package_with(&name, "list"))
            .collect();
        packages.sort();
        Ok(packages)
    }

    /// The package whose control member dpkg keeps at that path, which is from the root.
    #[must_use]
    pub fn owner_of_member(path: &Path) -> Option<PackageName> {
        let path = path.strip_prefix("/").unwrap_or(path);
        let name = path.strip_prefix(INFO).ok()?.to_str()?;
        PackageName::in_info(name.rsplit_once('.')?.0)
    }

    /// The diversions in force.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn diversions(&self) -> Result<Diversions, SystemError> {
        let content = self
            .root
            .read(&Path::new(ADMIN).join("diversions"), TEXT_MAX)?;
        Ok(Diversions::parse(&content.unwrap_or_default()))
    }
}

/// The package, if that is the name of such a member in `info`.
fn package_with(name: &[u8], member: &str) -> Option<PackageName> {
    let (package, found) = std::str::from_utf8(name).ok()?.rsplit_once('.')?;
    (found == member).then(|| PackageName::in_info(package))?
}

fn stamp_of(file: &File) -> io::Result<Stamp> {
    Ok(Stamp::from(&file.metadata()?))
}
