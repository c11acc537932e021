//! An installed package: its list against the disk.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::disk::compare;
use super::verdict::{Content, Facts, Labelled, Owner, decide};
use super::{Finding, VerifyError};
use crate::dpkg::{Database, Diversions, Filters, PackageName};
use crate::imasigs::{Entry, List};
use crate::keys::Trust;
use crate::package_path::PackagePath;
use crate::root::Root;
use crate::system::SystemError;

/// Verdicts for all files that a package's list names. None if it has no list.
///
/// # Errors
/// If its list is not well-formed, or a file cannot be read.
pub fn verify_installed(
    root: &Root,
    package: &PackageName,
    trust: &Trust,
) -> Result<Option<Vec<Finding>>, VerifyError> {
    let database = Database::new(root);
    let Some((list, _)) = database.list(package)? else {
        return Ok(None);
    };
    let installed = Installed {
        root,
        package,
        trust,
        conffiles: database.conffiles(package)?,
        paths: database.paths(package)?,
        diversions: database.diversions()?,
        filters: Filters::of_root(root)?,
    };
    installed.verify(&list).map(Some)
}

struct Installed<'a> {
    root: &'a Root,
    package: &'a PackageName,
    trust: &'a Trust,
    conffiles: HashSet<PackagePath>,
    paths: HashSet<PackagePath>,
    diversions: Diversions,
    filters: Filters,
}

impl Installed<'_> {
    fn verify(&self, list: &List) -> Result<Vec<Finding>, VerifyError> {
        let finding = |entry: &Entry| {
            let place = self.place(entry);
            Ok(Finding {
                verdict: decide(self.facts(entry, &place)?),
                path: [b"/", place.as_os_str().as_encoded_bytes()].concat(),
            })
        };
        list.entries().iter().map(finding).collect()
    }

    /// Where the file of an entry is now.
    fn place(&self, entry: &Entry) -> PathBuf {
        if let Some(member) = entry.path.control_member() {
            let member = String::from_utf8_lossy(member);
            return Database::member_path(self.package, &member);
        }
        let path = self.diversions.resolve(&entry.path, self.package);
        path.as_path().to_owned()
    }

    fn facts(&self, entry: &Entry, place: &Path) -> Result<Facts, VerifyError> {
        let (content, label) = match self.root.open_file(place)? {
            // What lies there is another package's, which has taken the path over.
            _ if self.is_replaced(entry) => (Content::Excluded, Labelled::No),
            Some(file) => compare(&file, entry, self.trust)
                .map_err(SystemError::at("read", &self.root.display(place)))?,
            None => (self.absence(entry), Labelled::No),
        };
        let administrators = self.conffiles.contains(&entry.path);
        let owner = if administrators {
            Owner::Administrator
        } else {
            Owner::Package
        };
        Ok(Facts {
            content,
            owner,
            label,
        })
    }

    /// Whether dpkg no longer counts the file among the package's.
    fn is_replaced(&self, entry: &Entry) -> bool {
        entry.path.control_member().is_none() && !self.paths.contains(&entry.path)
    }

    /// What it means that a file is not there.
    fn absence(&self, entry: &Entry) -> Content {
        match entry.path.control_member() {
            // The empty file that debconf makes up for a package without a config script.
            Some(_) if entry.size == 0 => Content::Excluded,
            Some(_) => Content::Missing,
            // dpkg was told not to unpack it.
            None if self.filters.exclude(&entry.path) => Content::Excluded,
            None => Content::Missing,
        }
    }
}
