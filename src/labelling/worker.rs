//! One thread of a labelling: finds the files of entries, and gives each the label that its content deserves.

use std::fs::File;
use std::io;
use std::path::Path;

use nix::sys::stat::FileStat;

use super::choice::{Decision, Ruling};
use super::durable::Unsynced;
use super::labeller::{Labeller, ListedEntry};
use super::list::Batch;
use super::outcome::FileOutcome;
use super::progress::FileDone;
use super::remark::Remark;
use super::request::{Labelling, Mode};
use super::standing::{OnDisk, PackageFiles, Place};
use super::tally::Tally;
use crate::dpkg::PackageName;
use crate::format::ima::{Label, Signature};
use crate::format::imasigs::Entry;
use crate::machine::attribute::{self, WriteError};
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;

/// Labels the files of entries. Each thread has its own.
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
        let (list, entries) = (&batch.list, batch.entries());
        let mut matching = 0;
        for entry in entries {
            self.labelling.progress.entry(entry);
            matching += usize::from(self.label_entry(&list.files, entry));
        }
        if list.finish(entries.len(), matching) {
            self.labelling.progress.package(list);
        }
    }

    /// Labels the entry's file at every place where one is; true if one has the content that the entry says.
    fn label_entry(&mut self, files: &PackageFiles<'_>, entry: &Entry) -> bool {
        let mut matches = false;
        for place in files.places(entry) {
            match self.outcome(files, entry, &place) {
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

    /// The result at one place; none if the place is not the entry's.
    fn outcome(
        &mut self,
        files: &PackageFiles<'_>,
        entry: &Entry,
        place: &Place,
    ) -> Result<Option<FileOutcome>, Failure> {
        let standing = |on_disk| {
            let standing = files.standing(entry, place, on_disk)?;
            Ok(FileOutcome::of_standing(standing))
        };
        let Some((file, stat)) = self.opener.open_file(&place.path)? else {
            return standing(OnDisk::Nothing);
        };
        let Some(ruling) = self.rule(&file, &stat, files, entry, &place.path)? else {
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
        entry: &Entry,
        path: &Path,
    ) -> Result<Option<Ruling>, SystemError> {
        let read = |source| SystemError::at("read", &self.labelling.root.display(path))(source);
        if let Some(decision) = self.undisputed(file, stat, entry).map_err(read)? {
            return Ok(Some(Ruling::undisputed(decision)));
        }
        let listed = ListedEntry {
            package: &files.package,
            entry,
            owns: files.owns(entry)?,
        };
        let Labelling { store, held, .. } = self.labelling;
        let labeller = Labeller { store, held };
        labeller.rule(file, listed).map_err(read)
    }

    /// The decision where no list has another signature and the label is the entry's own or none: neither the owner nor
    /// any key matters. A file with the entry's own label is not read, as only `verify` doubts its content; so a second run
    /// costs no more than the attributes.
    fn undisputed(
        &self,
        file: &File,
        stat: &FileStat,
        entry: &Entry,
    ) -> io::Result<Option<Decision>> {
        let (size, store) = (stat.st_size.unsigned_abs(), self.labelling.store);
        let revoked = self.labelling.held.is_revoked(entry.signature.key_id);
        if revoked
            || size != entry.size
            || store.may_be_contested(size, &entry.digest, &entry.signature)
        {
            return Ok(None);
        }
        Ok(match attribute::read(file)? {
            Label::Signature(present) if present == entry.signature => Some(Decision::Right),
            Label::None | Label::Malformed(_) => {
                let same = digest_of(file, entry.digest.algorithm(), size)? == entry.digest;
                same.then(|| Decision::Write(entry.signature.clone()))
            }
            Label::Signature(_) | Label::Hash => None,
        })
    }
}
