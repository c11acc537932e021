//! An entry of a package's list: what it names, and where that may be.

use std::collections::HashSet;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::dpkg::{Database, Diversions, PackageName};
use crate::format::imasigs::Entry;
use crate::format::package_path::PackagePath;

/// What dpkg appends to the name of a file that it has unpacked and not yet put in its place, or
/// that the administrator did not want.
const UNPACKED: [&str; 2] = [".dpkg-new", ".dpkg-dist"];

/// An entry of a package's list.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) entry: &'a Entry,
    pub(super) package: &'a PackageName,
    pub(super) kind: Kind,
}

impl Item<'_> {
    /// Where its file may be.
    pub(super) fn places(self, diversions: &Diversions) -> Vec<PathBuf> {
        match self.kind {
            Kind::Member => {
                let member = self.entry.path.control_member().unwrap_or_default();
                let member = String::from_utf8_lossy(member);
                vec![Database::member_path(self.package, &member)]
            }
            Kind::File if !self.package.is_unpacking() => vec![self.place(diversions)],
            Kind::File | Kind::Conffile => {
                let place = self.place(diversions);
                let beside = UNPACKED.map(|suffix| with_suffix(&place, suffix));
                std::iter::once(place).chain(beside).collect()
            }
        }
    }

    fn place(self, diversions: &Diversions) -> PathBuf {
        let path = diversions.resolve(&self.entry.path, self.package);
        path.as_path().to_owned()
    }
}

/// What an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A control member, such as a maintainer script.
    Member,
    /// A file that only dpkg should change.
    File,
    /// A file that the administrator may change.
    Conffile,
}

impl Kind {
    pub(super) fn of(entry: &Entry, conffiles: &HashSet<PackagePath>) -> Self {
        if entry.path.control_member().is_some() {
            Self::Member
        } else if conffiles.contains(&entry.path) {
            Self::Conffile
        } else {
            Self::File
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let name = [path.as_os_str().as_bytes(), suffix.as_bytes()].concat();
    PathBuf::from(std::ffi::OsString::from_vec(name))
}
