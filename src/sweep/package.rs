//! Labels the files of one package.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Summary;
use super::item::{Item, Kind};
use crate::attribute::WriteError;
use crate::dpkg::{Database, DatabaseError, Diversions, PackageName};
use crate::imasigs::Entry;
use crate::keyring::HeldKeys;
use crate::label::{LabelError, Labeller, Outcome};
use crate::root::Root;
use crate::store::Store;
use crate::system::{SystemError, shown};

/// What is the same for every package.
pub(super) struct PackageSweep<'a> {
    root: &'a Root,
    /// Packages whose files may have a label that the kernel cannot check, although there is one that it can.
    outdone: BTreeSet<PackageName>,
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
            outdone: BTreeSet::new(),
            labeller: Labeller { store, held },
            diversions: Database::new(root).diversions()?,
            unsynced: HashMap::new(),
            unsupported: HashSet::new(),
        })
    }

    /// Labels all that the package's list names; false if that has to be tried again.
    pub(super) fn label(&mut self, package: &PackageName, summary: &mut Summary) -> bool {
        let before = summary.failures;
        let result = self.label_list(package, summary);
        if let Err(error) = &result {
            summary.bad_lists += 1;
            log::warn!("the files of package {package} are not labelled: {error}");
        }
        // A list that is not well-formed stays new until dpkg replaces it.
        let readable = !matches!(result, Err(DatabaseError::System(_)));
        readable && summary.failures == before
    }

    /// A package without a list has nothing to label.
    fn label_list(
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
            self.note_outdone(entry);
            let item = Item {
                entry,
                package,
                kind: Kind::of(entry, &conffiles),
            };
            for place in item.places(&self.diversions) {
                if let Err(error) = self.label_place(&place, item, summary) {
                    summary.failures += 1;
                    log::warn!("{error}");
                }
            }
        }
        Ok(())
    }

    /// Other packages with the same content whose own signatures are by keys that are not held.
    pub(super) fn outdone(&self) -> BTreeSet<PackageName> {
        self.outdone.clone()
    }

    fn note_outdone(&mut self, entry: &Entry) {
        let Labeller { store, held } = self.labeller;
        if held.holds(entry.signature.key_id) {
            let others = store.candidates(entry.size, &entry.digest).into_iter();
            let outdone = others.filter(|other| !held.holds(other.signature.key_id));
            self.outdone.extend(outdone.map(|other| other.package));
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

    fn label_place(
        &mut self,
        place: &Path,
        item: Item<'_>,
        summary: &mut Summary,
    ) -> Result<(), SystemError> {
        let Some(file) = self.root.open_file(place)? else {
            return Ok(());
        };
        let path = self.root.display(place);
        let package = item.package;
        let outcome = match self.labeller.label(&file, Some(package)) {
            Ok(outcome) => outcome,
            Err(LabelError::Write(WriteError::Unsupported)) => {
                summary.unsupported += 1;
                if self.unsupported.insert(device_of(&file, &path)?) {
                    log::info!("'{}': {}", shown(&path), WriteError::Unsupported);
                }
                return Ok(());
            }
            Err(error) => {
                let error = std::io::Error::other(error);
                return Err(SystemError::at("label", &path)(error));
            }
        };
        match outcome {
            Outcome::Unlisted if self.is_replaced(item)? => return Ok(()),
            Outcome::Unlisted => item.kind.report_change(&path, summary),
            Outcome::Outranked => log::info!(
                "'{}' keeps its label: the kernel does not hold the key of {package}'s",
                shown(&path)
            ),
            Outcome::Labelled => {
                log::debug!("labelled '{}'", shown(&path));
                self.unsynced.insert(device_of(&file, &path)?, file);
            }
            Outcome::Right => {}
        }
        *summary.outcomes.entry(outcome).or_default() += 1;
        Ok(())
    }

    /// Whether another package has taken the file over (`Replaces`): dpkg strikes it off the list of files.
    fn is_replaced(&self, item: Item<'_>) -> Result<bool, SystemError> {
        let Item {
            entry,
            package,
            kind,
        } = item;
        let paths = || Database::new(self.root).paths(package);
        Ok(kind == Kind::File && !paths()?.contains(&entry.path))
    }
}

fn device_of(file: &File, path: &Path) -> Result<u64, SystemError> {
    let metadata = file.metadata().map_err(SystemError::at("stat", path))?;
    Ok(metadata.dev())
}
