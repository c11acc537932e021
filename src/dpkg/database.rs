//! The `info` folder: signature lists, conffiles, file lists.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use nix::fcntl::AtFlags;
use nix::sys::stat::{Mode, fstatat};

use super::{Diversions, PackageName, Stamp};
use crate::imasigs::{self, List, ListError};
use crate::package_path::PackagePath;
use crate::root::Root;
use crate::system::SystemError;

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
    root: &'a Root,
}

/// Why a list could not be taken from the database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It could not be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It is not well-formed.
    #[error("'{}': {problem}", crate::system::shown(.path))]
    List {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        problem: ListError,
    },
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
        let mut lists = self.info_lists()?;
        let package = PackageName::unpacking();
        let path = Self::member_path(&package, imasigs::MEMBER);
        if let Some(file) = self.root.open_file(&path)? {
            let stamp = stamp_of(&file);
            let stamp = stamp.map_err(SystemError::at("stat", &self.root.display(&path)))?;
            lists.push(InstalledList { package, stamp });
        }
        lists.sort_by(|a, b| a.package.cmp(&b.package));
        Ok(lists)
    }

    fn info_lists(&self) -> Result<Vec<InstalledList>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(Vec::new());
        };
        let mut lists = Vec::new();
        for name in folder.names()? {
            let package = package_with_list(&name);
            let Some(package) = package else { continue };
            // One that vanishes meanwhile was removed: nothing to do for it.
            if let Ok(status) = fstatat(&folder, name.as_slice(), AtFlags::AT_SYMLINK_NOFOLLOW) {
                let stamp = Stamp::from(&status);
                lists.push(InstalledList { package, stamp });
            }
        }
        Ok(lists)
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

    /// Reads the signature list of a package; none if it has none.
    ///
    /// # Errors
    /// If it cannot be read or is not well-formed.
    pub fn list(&self, package: &PackageName) -> Result<Option<(List, Stamp)>, DatabaseError> {
        self.list_at(&Self::member_path(package, imasigs::MEMBER))
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

    fn paths_in(
        &self,
        path: &Path,
        parse: impl Fn(&[u8]) -> Option<PackagePath>,
    ) -> Result<HashSet<PackagePath>, SystemError> {
        let content = self.root.read(path, TEXT_MAX)?.unwrap_or_default();
        Ok(content
            .split(|&byte| byte == b'\n')
            .filter_map(parse)
            .collect())
    }

    /// Whether dpkg knows the package: installed, or removed but not purged.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn knows(&self, package: &PackageName) -> Result<bool, SystemError> {
        let list = self.root.open_file(&Self::member_path(package, "list"))?;
        Ok(list.is_some())
    }

    /// The packages of that name that dpkg knows: one for each architecture where several may be
    /// installed side by side, all of them if the name has no architecture.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn instances(&self, name: &PackageName) -> Result<Vec<PackageName>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(Vec::new());
        };
        let names = folder.names()?.into_iter();
        let packages = names.filter_map(|file| {
            let file = String::from_utf8(file).ok()?;
            PackageName::new(file.strip_suffix(".list")?)
        });
        Ok(packages
            .filter(|known| known == name || known.without_architecture() == name.as_str())
            .collect())
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

/// The package, if that is the name of a signature list in `info`.
fn package_with_list(name: &[u8]) -> Option<PackageName> {
    let name = std::str::from_utf8(name).ok()?;
    let (package, member) = name.rsplit_once('.')?;
    (member == imasigs::MEMBER).then(|| PackageName::new(package))?
}

fn stamp_of(file: &File) -> std::io::Result<Stamp> {
    Ok(Stamp::from(&file.metadata()?))
}
