//! Which lists are wanted, and for what.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use crate::contents::control_of;
use crate::dpkg::{Database, InstalledPackage, PackageName};
use crate::format::deb::Control;
use crate::format::ima::Digest;
use crate::format::imasigs::List;
use crate::format::text::Text;
use crate::format::tree::{ListName, NameError};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;

/// A list that a package lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedList {
    /// By which sources know it.
    pub name: ListName,
    /// Whose files it is to name.
    pub owner: ListOwner,
}

/// The package that lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListOwner {
    /// The one in this .deb.
    Deb(PathBuf),
    /// An installed one.
    Installed(PackageName),
}

/// The name of the .deb's file, or dpkg's name of the package.
impl fmt::Display for ListOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deb(path) => f.write_str(&shown(path)),
            Self::Installed(package) => write!(f, "{package}"),
        }
    }
}

impl WantedList {
    /// That of an installed package.
    ///
    /// # Errors
    /// If sources know no such package.
    pub fn of_installed(installed: &InstalledPackage) -> Result<Self, NameError> {
        let build = &installed.build;
        let [package, version, architecture] =
            [&build.package, &build.version, &build.architecture].map(Text::of);
        Ok(Self {
            name: ListName::new(&package, &version, &architecture)?,
            owner: ListOwner::Installed(installed.name.clone()),
        })
    }

    /// Whether the list may be that of the package: a file in it is one of the package's, or the list names none. Contents
    /// of files are not compared: they are when the files are labelled. A .deb that cannot be read has no list.
    ///
    /// # Errors
    /// If dpkg's list of an installed package's files cannot be read.
    pub(super) fn may_be(&self, list: &List, root: &Root) -> Result<bool, SystemError> {
        match &self.owner {
            ListOwner::Deb(path) => Ok(control_of(path).is_ok_and(|control| is_of(list, &control))),
            ListOwner::Installed(package) => {
                let paths = Database::new(root).paths(package)?;
                let paths: HashSet<_> = paths.iter().map(|path| path.as_bytes()).collect();
                let mut files = files_in(list).peekable();
                Ok(files.peek().is_none() || files.any(|file| paths.contains(file)))
            }
        }
    }
}

/// Paths without a slash at the start, without those of control members.
fn files_in(list: &List) -> impl Iterator<Item = &[u8]> {
    let paths = list.files().map(|file| &file.first.path);
    let files = paths.filter(|path| path.control_member().is_none());
    files.map(|path| path.as_bytes())
}

/// The scripts are in the control archive, and their digests must be right. Which files a package has is said by its
/// `md5sums` and `conffiles`, as far as it has them.
fn is_of(list: &List, control: &Control) -> bool {
    let mut scripts = list.files().filter_map(|file| {
        let entry = file.first;
        let member = std::str::from_utf8(entry.path.control_member()?).ok()?;
        Some((control.member(member)?, entry.digest))
    });
    if scripts.any(|(content, digest)| Digest::of(digest.algorithm(), content) != digest) {
        return false;
    }
    let Some(sums) = control.member("md5sums") else {
        return true;
    };
    // SPEC: deb-md5sums(5): digest, two spaces, path without a slash; deb-conffiles(5): flags, path with a slash.
    let lines = sums.split(|byte| *byte == b'\n');
    let mut named: HashSet<&[u8]> = lines.filter_map(|line| line.get(34..)).collect();
    let conffiles = control.member("conffiles").unwrap_or_default();
    for line in conffiles.split(|byte| *byte == b'\n') {
        let start = line.iter().position(|byte| *byte == b'/');
        named.extend(start.and_then(|start| line.get(start + 1..)));
    }
    let mut files = files_in(list).peekable();
    files.peek().is_none() || files.any(|file| named.contains(file))
}
