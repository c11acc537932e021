//! An installed package: its list against the disk.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Finding;
use super::disk::{compare, without_label};
use super::verdict::{Content, Facts, Labelled, Owner, Verdict, decide};
use crate::dpkg::{Database, DatabaseError, Diversions, Filters, PackageName};
use crate::format::imasigs::Entry;
use crate::format::package_path::PackagePath;
use crate::keys::signing::{Checker, Trust};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::Identity;
use crate::tasks::target::TargetError;

/// What dpkg appends to the name of a file that it has unpacked and not yet put in its place.
const UNPACKED: &str = ".dpkg-new";

/// Verdicts for all files that a package's list names. None if it has no list.
///
/// # Errors
/// If its list is not well-formed, or a file cannot be read.
pub fn verify_installed(
    root: &Root,
    package: &PackageName,
    trust: &Trust,
) -> Result<Option<Vec<Finding>>, TargetError> {
    let Some(entries) = Database::new(root).entries(package)? else {
        return Ok(None);
    };
    let disk = Disk::new(root, trust)?;
    let mut package = Installed::new(&disk, package);
    let mut checker = trust.checker();
    let finding = |entry: Result<Entry, DatabaseError>| {
        let entry = entry?;
        let looked = disk.look(package.name, &entry, &mut checker)?;
        let verdict = package.judge(&entry, &looked)?;
        let path = looked.path();
        Ok(Finding { path, verdict })
    };
    let findings: Result<_, _> = entries.map(finding).collect();
    findings.map(Some)
}

/// What is the same for all packages of a system.
pub(super) struct Disk<'a> {
    pub(super) root: &'a Root,
    pub(super) trust: &'a Trust,
    pub(super) diversions: Diversions,
    filters: Filters,
}

/// What an entry's place on the disk holds.
pub(super) struct Looked {
    place: PathBuf,
    content: Content,
    label: Labelled,
    identity: Option<Identity>,
}

impl Looked {
    /// The place, from the root.
    pub(super) fn path(&self) -> Vec<u8> {
        [b"/", self.place.as_os_str().as_encoded_bytes()].concat()
    }

    /// The file, if it is the one that the list means.
    pub(super) fn identity(&self, verdict: Verdict) -> Option<Identity> {
        self.identity.filter(|_| verdict != Verdict::Excluded)
    }
}

impl<'a> Disk<'a> {
    /// Reads what all packages need.
    pub(super) fn new(root: &'a Root, trust: &'a Trust) -> Result<Self, SystemError> {
        Ok(Self {
            root,
            trust,
            diversions: Database::new(root).diversions()?,
            filters: Filters::of_root(root)?,
        })
    }

    /// Reads the file of an entry, and checks its label.
    pub(super) fn look(
        &self,
        package: &PackageName,
        entry: &Entry,
        checker: &mut Checker<'_>,
    ) -> Result<Looked, SystemError> {
        let place = self.place(package, entry);
        if package.is_unpacking() && entry.path.control_member().is_none() {
            let beside = self.look_at(with_suffix(&place, UNPACKED), entry, checker)?;
            if beside.content == Content::Same {
                return Ok(beside);
            }
        }
        self.look_at(place, entry, checker)
    }

    fn look_at(
        &self,
        place: PathBuf,
        entry: &Entry,
        checker: &mut Checker<'_>,
    ) -> Result<Looked, SystemError> {
        let Some(file) = self.root.open_file(&place)? else {
            return Ok(Looked {
                place,
                content: Content::Missing,
                label: without_label(entry, checker),
                identity: None,
            });
        };
        let error = |source: io::Error| SystemError::at("read", &self.root.display(&place))(source);
        let metadata = file.metadata().map_err(error)?;
        let (content, label) = compare(&file, metadata.len(), entry, checker).map_err(error)?;
        Ok(Looked {
            place,
            content,
            label,
            identity: Some(Identity::from(&metadata)),
        })
    }

    /// Where the file of an entry is now.
    fn place(&self, package: &PackageName, entry: &Entry) -> PathBuf {
        if let Some(member) = entry.path.control_member() {
            let member = String::from_utf8_lossy(member);
            return Database::member_path(package, &member);
        }
        let path = self.diversions.resolve(&entry.path, package);
        path.as_path().to_owned()
    }
}

/// A package as dpkg knows it, which is read only when a file is not as its list says.
pub(super) struct Installed<'a> {
    disk: &'a Disk<'a>,
    pub(super) name: &'a PackageName,
    paths: Option<HashSet<PackagePath>>,
    conffiles: Option<HashSet<PackagePath>>,
}

impl<'a> Installed<'a> {
    pub(super) const fn new(disk: &'a Disk<'a>, name: &'a PackageName) -> Self {
        Self {
            disk,
            name,
            paths: None,
            conffiles: None,
        }
    }

    /// The verdict on an entry.
    pub(super) fn judge(&mut self, entry: &Entry, looked: &Looked) -> Result<Verdict, SystemError> {
        let mut facts = Facts {
            content: looked.content,
            owner: Owner::Package,
            label: looked.label,
        };
        if decide(facts) == Verdict::Good {
            return Ok(Verdict::Good);
        }
        facts.content = self.content(entry, looked.content)?;
        if facts.content == Content::Differs && self.conffiles()?.contains(&entry.path) {
            facts.owner = Owner::Administrator;
        }
        Ok(decide(facts))
    }

    /// What it means that the content is as it is.
    fn content(&mut self, entry: &Entry, content: Content) -> Result<Content, SystemError> {
        let is_member = entry.path.control_member().is_some();
        let excluded = if self.name.is_unpacking() {
            // What dpkg had not come to yet is as the version before has it.
            content != Content::Same
        } else if is_member {
            // The empty file that debconf makes up for a package without a config script.
            content == Content::Missing && entry.size == 0
        } else {
            // What lies there is another package's, which has taken the path over; or dpkg was told
            // not to unpack it.
            !self.paths()?.contains(&entry.path)
                || content == Content::Missing && self.disk.filters.exclude(&entry.path)
        };
        Ok(if excluded { Content::Excluded } else { content })
    }

    fn paths(&mut self) -> Result<&HashSet<PackagePath>, SystemError> {
        match &mut self.paths {
            Some(paths) => Ok(paths),
            unread => Ok(unread.insert(Database::new(self.disk.root).paths(self.name)?)),
        }
    }

    fn conffiles(&mut self) -> Result<&HashSet<PackagePath>, SystemError> {
        match &mut self.conffiles {
            Some(conffiles) => Ok(conffiles),
            unread => Ok(unread.insert(Database::new(self.disk.root).conffiles(self.name)?)),
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
