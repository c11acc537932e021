//! One thread of a labelling: finds the files that lists name, and gives each the label that its content deserves.

use std::fs::File;
use std::io;
use std::path::Path;

use nix::sys::stat::FileStat;

use super::choice::{Decision, Ruling};
use super::durable::Unsynced;
use super::labeller::{Labeller, ListedSignatures};
use super::list::Batch;
use super::outcome::FileOutcome;
use super::progress::FileDone;
use super::remark::Remark;
use super::request::{Labelling, Mode};
use super::standing::{OnDisk, PackageFiles, Place};
use super::tally::Tally;
use crate::dpkg::PackageName;
use crate::format::ima::{Label, Signature};
use crate::format::imasigs::{Entry, FileEntries};
use crate::keys::held::{Authenticity, HeldKeys};
use crate::machine::attribute::{self, WriteError};
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;
use crate::signatures::Store;

/// Labels the files that lists name. Each thread has its own.
pub(super) struct EntryLabeller<'a> {
    labelling: Labelling<'a>,
    opener: PathOpener<'a>,
    pub(super) tally: Tally,
    pub(super) unsynced: Unsynced,
}

/// Why a file has no outcome.
#[derive(Debug)]
enum Failure {
    System(SystemError),
    /// The label cannot be written on the filesystem of that device.
    Write(u64, WriteError),
}

impl From<SystemError> for Failure {
    fn from(error: SystemError) -> Self {
        Self::System(error)
    }
}

impl<'a> EntryLabeller<'a> {
    pub(super) fn new(labelling: Labelling<'a>) -> Result<Self, SystemError> {
        Ok(Self {
            labelling,
            opener: PathOpener::new(labelling.root)?,
            tally: Tally::default(),
            unsynced: Unsynced::default(),
        })
    }

    pub(super) fn label(&mut self, batch: &Batch<'_>) {
        let list = &batch.list;
        let mut matching = 0;
        for listed in batch.files() {
            self.labelling.progress.listed(listed);
            matching += usize::from(self.label_file(&list.files, listed));
        }
        if list.finish(batch.len(), matching) {
            self.labelling.progress.package(list);
        }
    }

    /// Labels the file at every place where one is; true if one has the content that the list says.
    fn label_file(&mut self, files: &PackageFiles<'_>, listed: FileEntries<'_>) -> bool {
        let mut matches = false;
        for place in files.places(listed.first) {
            match self.outcome(files, listed, &place) {
                Ok(None) => {}
                Ok(Some(outcome)) => {
                    matches |= outcome.is_listed();
                    self.tally.add(outcome);
                    self.labelling.progress.file(&FileDone {
                        path: &self.labelling.root.display(&place.path),
                        package: &files.package,
                        outcome,
                    });
                }
                Err(failure) => self.note(failure, &files.package, &place.path),
            }
        }
        matches
    }

    fn note(&mut self, failure: Failure, package: &PackageName, path: &Path) {
        match failure {
            Failure::System(error) => {
                self.tally.failures += 1;
                self.labelling.progress.failure(&error);
            }
            Failure::Write(device, error) => {
                let path = self.labelling.root.display(path);
                self.tally.add_trouble(device, error, path);
                if error == WriteError::Unsupported {
                    return; // Trying again would be no use.
                }
            }
        }
        self.tally.unfinished.insert(package.clone());
    }

    /// The result at one place; none if the place is not the file's.
    fn outcome(
        &mut self,
        files: &PackageFiles<'_>,
        listed: FileEntries<'_>,
        place: &Place,
    ) -> Result<Option<FileOutcome>, Failure> {
        let standing = |on_disk| {
            let standing = files.standing(listed.first, place, on_disk)?;
            Ok(FileOutcome::of_standing(standing))
        };
        let Some((file, stat)) = self.opener.open_file(&place.path)? else {
            return standing(OnDisk::Nothing);
        };
        let Some(ruling) = self.rule(&file, &stat, files, listed, &place.path)? else {
            return standing(OnDisk::Other);
        };
        for remark in ruling.remarks {
            self.remark(remark, &place.path);
        }
        let outcome = FileOutcome::of_decision(&ruling.decision);
        if let Decision::Write(signature) = ruling.decision {
            self.write(file, &stat, &signature)?;
        }
        Ok(Some(outcome))
    }

    fn write(&mut self, file: File, stat: &FileStat, signature: &Signature) -> Result<(), Failure> {
        if self.labelling.mode == Mode::Plan {
            return Ok(());
        }
        let failure = |error| Failure::Write(stat.st_dev, error);
        attribute::write(&file, signature).map_err(failure)?;
        self.unsynced.add(stat.st_dev, file);
        Ok(())
    }

    fn remark(&mut self, remark: Remark, path: &Path) {
        let path = self.labelling.root.display(path);
        self.labelling.progress.remark(&path, &remark);
        if let Remark::Forged { package, key } = remark {
            self.tally.add_forgery(package, key, path);
        }
    }

    /// What label the file gets; none if no list knows the content.
    fn rule(
        &self,
        file: &File,
        stat: &FileStat,
        files: &PackageFiles<'_>,
        listed: FileEntries<'_>,
        path: &Path,
    ) -> Result<Option<Ruling>, SystemError> {
        let read = |source| SystemError::at("read", &self.labelling.root.display(path))(source);
        if let Some(decision) = self.undisputed(file, stat, listed).map_err(read)? {
            return Ok(Some(Ruling::undisputed(decision)));
        }
        let listed = ListedSignatures {
            package: &files.package,
            entries: listed,
            owns: files.owns(listed.first)?,
        };
        let Labelling { store, held, .. } = self.labelling;
        let labeller = Labeller { store, held };
        labeller.rule(file, listed).map_err(read)
    }

    /// The decision where no other list has a signature, and the label is one of this list's, which needs no other in its
    /// place, or there is none, and the list has but one: the owner does not matter. A file with such a label is not read, as
    /// only `verify` doubts its content; so a second run costs no more than the attributes.
    fn undisputed(
        &self,
        file: &File,
        stat: &FileStat,
        listed: FileEntries<'_>,
    ) -> io::Result<Option<Decision>> {
        let (size, entry) = (stat.st_size.unsigned_abs(), listed.first);
        let Labelling { store, held, .. } = self.labelling;
        let is_revoked = |entry: &Entry| held.is_revoked(entry.signature.key_id);
        if size != entry.size || listed.iter().any(is_revoked) || store.may_be_contested(listed) {
            return Ok(None);
        }
        let is_single = listed.iter().nth(1).is_none();
        Ok(match attribute::read(file)? {
            Label::Signature(present) if stays(&present, listed, store, held) => {
                Some(Decision::Right)
            }
            Label::None | Label::Malformed(_) if is_single => {
                let same = digest_of(file, entry.digest.algorithm(), size)? == entry.digest;
                same.then(|| Decision::Write(entry.signature.clone()))
            }
            Label::Signature(_) | Label::Hash | Label::None | Label::Malformed(_) => None,
        })
    }
}

/// Whether a label is a signature of the list which none of its others displaces, whatever the file holds, and none of them is
/// forged. What was verified when the list was taken in is not verified again.
fn stays(label: &Signature, listed: FileEntries<'_>, store: &Store, held: &HeldKeys) -> bool {
    if !listed.iter().any(|entry| entry.signature == *label) {
        return false;
    }
    let mut by_held = listed
        .iter()
        .filter(|entry| held.holds(entry.signature.key_id));
    if listed.iter().nth(1).is_none() || by_held.clone().next().is_none() {
        return true;
    }
    let known = store.signatures_of(listed.first.size, &listed.first.digest);
    let is_genuine = |entry: &Entry| {
        let mut known = known.iter().filter(|known| known.verified);
        known.any(|known| known.signature == entry.signature)
            || held.verify(&entry.signature, &entry.digest) == Authenticity::Genuine
    };
    held.holds(label.key_id) && by_held.all(is_genuine)
}
