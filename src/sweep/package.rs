//! Labels the files of one package.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Summary;
use crate::attribute::WriteError;
use crate::dpkg::{Database, DatabaseError, Diversions, PackageName};
use crate::imasigs::{Entry, List};
use crate::keyring::HeldKeys;
use crate::label::{LabelError, Labeller, Outcome};
use crate::package_path::PackagePath;
use crate::root::Root;
use crate::store::Store;
use crate::system::{SystemError, shown};

/// What dpkg appends to the name of a file that it has unpacked and not yet put in its place, or
/// that the administrator did not want.
const UNPACKED: [&str; 2] = [".dpkg-new", ".dpkg-dist"];

/// What is the same for every package.
pub(super) struct PackageSweep<'a> {
    root: &'a Root,
    labeller: Labeller<'a>,
    diversions: Diversions,
    /// For each filesystem the file on it that was labelled last.
    unsynced: HashMap<u64, File>,
    /// Filesystems without security attributes, each reported once.
    unsupported: HashSet<u64>,
}

impl<'a> PackageSweep<'a> {
    pub(super) fn new(
        root: &'a Root,
        store: &'a Store,
        held: &'a HeldKeys,
    ) -> Result<Self, SystemError> {
        Ok(Self {
            root,
            labeller: Labeller { store, held },
            diversions: Database::new(root).diversions()?,
            unsynced: HashMap::new(),
            unsupported: HashSet::new(),
        })
    }

    /// Labels all that the package's list names. A package without a list has nothing to label.
    pub(super) fn label(
        &mut self,
        package: &PackageName,
        summary: &mut Summary,
    ) -> Result<(), DatabaseError> {
        let database = Database::new(self.root);
        let Some((list, _)) = database.list(package)? else {
            return Ok(());
        };
        let conffiles = database.conffiles(package)?;
        for entry in list.entries() {
            let kind = Kind::of(entry, &conffiles);
            self.label_entry(entry, package, kind, summary);
        }
        Ok(())
    }

    /// Labels what the list of a package names that dpkg was unpacking when it was killed: some files are in
    /// their places, some beside them.
    pub(super) fn label_interrupted(&mut self, list: &List, summary: &mut Summary) {
        for entry in list.entries() {
            let member = entry.path.control_member().is_some();
            let kind = if member {
                Kind::Unpacking
            } else {
                Kind::Conffile
            };
            self.label_entry(entry, &PackageName::unpacking(), kind, summary);
        }
    }

    fn label_entry(
        &mut self,
        entry: &Entry,
        package: &PackageName,
        kind: Kind,
        summary: &mut Summary,
    ) {
        for place in self.places(entry, package, kind) {
            if let Err(error) = self.label_place(&place, package, kind, summary) {
                summary.failures += 1;
                log::warn!("{error}");
            }
        }
    }

    /// Makes the labels durable: afterwards they are on disk wherever they were written.
    pub(super) fn sync(&self) -> Result<(), SystemError> {
        // SPEC: a journal is written in order, so syncing the last file covers those before it.
        for file in self.unsynced.values() {
            file.sync_all()
                .map_err(SystemError::at("sync", Path::new("a labelled file")))?;
        }
        Ok(())
    }

    /// Where the file of an entry may be.
    fn places(&self, entry: &Entry, package: &PackageName, kind: Kind) -> Vec<PathBuf> {
        let member = entry.path.control_member().unwrap_or_default();
        let member = String::from_utf8_lossy(member);
        match kind {
            Kind::Member => vec![Database::member_path(package, &member)],
            Kind::Unpacking => vec![Database::unpacking_path(&member)],
            Kind::File => vec![self.place(entry, package)],
            Kind::Conffile => {
                let place = self.place(entry, package);
                let beside = UNPACKED.map(|suffix| with_suffix(&place, suffix));
                std::iter::once(place).chain(beside).collect()
            }
        }
    }

    fn place(&self, entry: &Entry, package: &PackageName) -> PathBuf {
        let path = self.diversions.resolve(&entry.path, package);
        path.as_path().to_owned()
    }

    fn label_place(
        &mut self,
        place: &Path,
        package: &PackageName,
        kind: Kind,
        summary: &mut Summary,
    ) -> Result<(), SystemError> {
        let Some(file) = self.root.open_file(place)? else {
            return Ok(());
        };
        let path = self.root.display(place);
        let outcome = match self.labeller.label(&file, Some(package)) {
            Ok(outcome) => outcome,
            Err(LabelError::Write(WriteError::Unsupported)) => {
                summary.unsupported += 1;
                let device = file
                    .metadata()
                    .map_err(SystemError::at("stat", &path))?
                    .dev();
                if self.unsupported.insert(device) {
                    log::info!("'{}': {}", shown(&path), WriteError::Unsupported);
                }
                return Ok(());
            }
            Err(error) => {
                return Err(SystemError::at("label", &path)(std::io::Error::other(
                    error,
                )));
            }
        };
        *summary.outcomes.entry(outcome).or_default() += 1;
        match outcome {
            Outcome::Unlisted => kind.report_change(&path, summary),
            Outcome::Outranked => log::info!(
                "'{}' keeps its label: the kernel does not hold the key of {package}'s",
                shown(&path)
            ),
            Outcome::Labelled => {
                log::debug!("labelled '{}'", shown(&path));
                let device = file
                    .metadata()
                    .map_err(SystemError::at("stat", &path))?
                    .dev();
                self.unsynced.insert(device, file);
            }
            Outcome::Right => {}
        }
        Ok(())
    }
}

/// What an entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A control member, such as a maintainer script.
    Member,
    /// A control member of the package that is being unpacked.
    Unpacking,
    /// A file that only dpkg should change.
    File,
    /// A file that the administrator may change.
    Conffile,
}

impl Kind {
    fn of(entry: &Entry, conffiles: &HashSet<PackagePath>) -> Self {
        if entry.path.control_member().is_some() {
            Self::Member
        } else if conffiles.contains(&entry.path) {
            Self::Conffile
        } else {
            Self::File
        }
    }

    /// The content is not what the list says.
    fn report_change(self, path: &Path, summary: &mut Summary) {
        if self == Self::Conffile {
            summary.changed_conffiles += 1;
            log::info!("'{}' was changed, and gets no label", shown(path));
        } else {
            summary.altered += 1;
            log::warn!(
                "'{}' is not what its package installed, and gets no label",
                shown(path)
            );
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let name = [path.as_os_str().as_bytes(), suffix.as_bytes()].concat();
    PathBuf::from(std::ffi::OsString::from_vec(name))
}
