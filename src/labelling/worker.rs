//! One thread's work: file by file, the label that its content deserves.

use std::fs::File;
use std::path::Path;

use nix::sys::stat::FileStat;

use super::durable::Unsynced;
use super::item::{Item, Kind};
use super::package::{Batch, Package};
use super::{Labelling, Mode, Outcome, Seen, Shared, Tally};
use crate::attribute::{self, WriteError};
use crate::dpkg::PackageName;
use crate::imasigs::Entry;
use crate::label::{Decision, Labeller, digest_of};
use crate::places::Places;
use crate::signature::{Label, Signature};
use crate::store::Store;
use crate::system::SystemError;

pub(super) struct Worker<'w, 'a> {
    task: &'w Labelling<'a>,
    shared: &'w Shared,
    places: Places<'w>,
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
            places: Places::new(task.root)?,
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
        let decision = self
            .decide(&file, &stat, item.entry, &package.name)
            .map_err(SystemError::at("read", &self.task.root.display(place)))?;
        let outcome = match decision {
            None if package.is_replaced(self.task.root, item)? => return Ok(None),
            None if item.kind == Kind::Conffile => Outcome::ChangedConffile,
            None => Outcome::Altered,
            Some(Decision::Right) => Outcome::Good,
            Some(Decision::Outranked) => Outcome::Foreign,
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

    /// A label that is the entry's own is not doubted: what the file holds is for `verify` to say.
    fn decide(
        &self,
        file: &File,
        stat: &FileStat,
        entry: &Entry,
        package: &PackageName,
    ) -> std::io::Result<Option<Decision>> {
        let (size, held) = (stat.st_size.unsigned_abs(), self.task.held);
        if size == entry.size {
            // The own package's signature by a held key comes before any other, see `label::decide`.
            if !held.holds(entry.signature.key_id) {
                return self.decide_by_content(file, package, self.task.all_signatures());
            }
            if attribute::read(file)? == Label::Signature(entry.signature.clone()) {
                return Ok(Some(Decision::Right));
            }
            if digest_of(file, entry.digest.algorithm(), size)? == entry.digest {
                return Ok(Some(Decision::Write(entry.signature.clone())));
            }
        }
        self.decide_by_content(file, package, self.task.store)
    }

    fn decide_by_content(
        &self,
        file: &File,
        package: &PackageName,
        store: &Store,
    ) -> std::io::Result<Option<Decision>> {
        let held = self.task.held;
        Labeller { store, held }.decide(file, Some(package))
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
