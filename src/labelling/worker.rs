//! One thread's work: file by file, the label that its content deserves.

use std::fs::File;
use std::path::Path;

use nix::sys::stat::FileStat;

use super::durable::Unsynced;
use super::item::{Item, Kind};
use super::package::{Batch, Package};
use super::{Labelling, Mode, Outcome, Seen, Shared, Tally};
use crate::format::ima::{Label, Signature};
use crate::format::imasigs::Entry;
use crate::labelling::label::{Decision, Labeller, Listed, Remark, Ruling};
use crate::machine::attribute::{self, WriteError};
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;

pub(super) struct Worker<'w, 'a> {
    task: &'w Labelling<'a>,
    shared: &'w Shared,
    places: PathOpener<'w>,
    pub(super) tally: Tally,
    pub(super) unsynced: Unsynced,
}

/// Why there is no outcome.
enum Obstacle {
    System(SystemError),
    /// On the filesystem of that device.
    Write(u64, WriteError),
}

impl From<SystemError> for Obstacle {
    fn from(error: SystemError) -> Self {
        Self::System(error)
    }
}

impl<'w, 'a> Worker<'w, 'a> {
    pub(super) fn new(task: &'w Labelling<'a>, shared: &'w Shared) -> Result<Self, SystemError> {
        Ok(Self {
            task,
            shared,
            places: PathOpener::new(task.root)?,
            tally: Tally::default(),
            unsynced: Unsynced::default(),
        })
    }

    pub(super) fn label(&mut self, batch: &Batch) {
        let package = &batch.package;
        let mut matching = 0;
        for item in package.items(batch.entries.clone()) {
            self.task.watch.entry(item.entry);
            matching += usize::from(self.label_item(package, item));
        }
        if package.finish(batch.entries.len(), matching) {
            self.task.watch.package(package);
        }
    }

    /// Labels wherever the file may be; whether one there has the content that the entry says.
    fn label_item(&mut self, package: &Package, item: Item<'_>) -> bool {
        let places = item.places(&self.shared.diversions);
        let mut matches = false;
        for (number, place) in places.iter().enumerate() {
            // What dpkg leaves beside it is seldom there.
            let outcome = self.outcome(package, item, place, number == 0);
            let outcome = outcome.unwrap_or_else(|obstacle| {
                self.note(obstacle, item, place);
                None
            });
            let Some(outcome) = outcome else { continue };
            matches |= outcome.is_listed();
            self.tally.add(outcome);
            self.task.watch.file(&Seen {
                path: &self.task.root.display(place),
                package: &package.name,
                outcome,
            });
        }
        matches
    }

    fn note(&mut self, obstacle: Obstacle, item: Item<'_>, place: &Path) {
        match obstacle {
            Obstacle::System(error) => {
                self.tally.failures += 1;
                self.task.watch.failure(&error);
            }
            Obstacle::Write(device, error) => {
                let path = self.task.root.display(place);
                self.tally.add_trouble(device, error, path);
                if error == WriteError::Unsupported {
                    return; // Trying again would be no use.
                }
            }
        }
        self.tally.unfinished.insert(item.package.clone());
    }

    /// None for a file that is not there and need not be, or is another package's now.
    fn outcome(
        &mut self,
        package: &Package,
        item: Item<'_>,
        place: &Path,
        expected: bool,
    ) -> Result<Option<Outcome>, Obstacle> {
        let Some((file, stat)) = self.places.open_file(place)? else {
            let absence = || self.absence(package, item);
            return Ok(if expected { absence()? } else { None });
        };
        let ruling = self.decide(&file, &stat, package, item, place)?;
        let (decision, remarks) = ruling.map_or((None, Vec::new()), |ruling| {
            (Some(ruling.decision), ruling.remarks)
        });
        for remark in remarks {
            self.remark(remark, place);
        }
        let outcome = match decision {
            None if package.is_replaced(self.task.root, item)? => return Ok(None),
            None if item.kind == Kind::Member && !package.owns(self.task.root, item, place)? => {
                return Ok(None);
            }
            None if item.kind == Kind::Conffile => Outcome::ChangedConffile,
            None => Outcome::Altered,
            Some(Decision::Right) => Outcome::Good,
            Some(Decision::Outranked) => Outcome::Foreign,
            Some(Decision::Forged) => Outcome::Forged,
            Some(Decision::Write(signature)) => {
                self.write(file, &stat, &signature)?;
                Outcome::Labelled
            }
        };
        Ok(Some(outcome))
    }

    fn write(
        &mut self,
        file: File,
        stat: &FileStat,
        signature: &Signature,
    ) -> Result<(), Obstacle> {
        if self.task.mode == Mode::Plan {
            return Ok(());
        }
        let obstacle = |error| Obstacle::Write(stat.st_dev, error);
        attribute::write(&file, signature).map_err(obstacle)?;
        self.unsynced.add(stat.st_dev, file);
        Ok(())
    }

    fn remark(&mut self, remark: Remark, place: &Path) {
        let path = self.task.root.display(place);
        self.task.watch.remark(&path, &remark);
        if let Remark::Forged { package, key } = remark {
            self.tally.add_forgery(package, key, path);
        }
    }

    fn decide(
        &self,
        file: &File,
        stat: &FileStat,
        package: &Package,
        item: Item<'_>,
        place: &Path,
    ) -> Result<Option<Ruling>, SystemError> {
        let (root, entry) = (self.task.root, item.entry);
        let read = |source| SystemError::at("read", &root.display(place))(source);
        if let Some(decision) = self.undisputed(file, stat, entry).map_err(read)? {
            return Ok(Some(Ruling::undisputed(decision)));
        }
        let listed = Listed {
            package: &package.name,
            entry,
            owns: package.owns(root, item, place)?,
        };
        let (store, held) = (self.task.store, self.task.held);
        let labeller = Labeller { store, held };
        labeller.decide(file, Some(listed)).map_err(read)
    }

    /// Where no list has another signature and the label is none: whose file it is does not matter, nor who can verify
    /// what. A label that is the entry's own is then not doubted, and the file not read: what it holds is for `verify` to
    /// say.
    fn undisputed(
        &self,
        file: &File,
        stat: &FileStat,
        entry: &Entry,
    ) -> std::io::Result<Option<Decision>> {
        let (size, store) = (stat.st_size.unsigned_abs(), self.task.store);
        if size != entry.size || store.may_be_contested(size, &entry.digest, &entry.signature) {
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

    /// What it means that a file is not there.
    fn absence(&self, package: &Package, item: Item<'_>) -> Result<Option<Outcome>, SystemError> {
        let Item { entry, kind, .. } = item;
        if package.is_replaced(self.task.root, item)? || package.name.is_unpacking() {
            return Ok(None);
        }
        let excluded = match kind {
            // The empty file that debconf makes up for a package without a config script.
            Kind::Member => entry.size == 0,
            Kind::File | Kind::Conffile => {
                self.shared.filters(self.task.root)?.exclude(&entry.path)
            }
        };
        Ok(Some(if excluded {
            Outcome::Excluded
        } else {
            Outcome::Missing
        }))
    }
}
