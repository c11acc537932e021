//! Labels the files that the lists of packages name, several packages at a time.
//!
//! Paths tell where to look; the digest decides. Whatever is written to, it was reached by folders and
//! links that only root can exchange ([`crate::machine::path_opener`]).

mod durable;
mod item;
pub mod label;
mod package;
mod queue;
pub mod sweep;
mod tally;
mod worker;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::dpkg::{Database, Diversions, Filters, PackageName};
use crate::format::imasigs::Entry;
use crate::keys::held::HeldKeys;
use crate::labelling::label::Remark;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::signatures::Store;

use durable::Unsynced;
use package::Batch;
use queue::Queue;
use worker::Worker;

pub use package::{Package, Source, SourceError};
pub use tally::{Forgery, Outcome, Tally, Trouble};

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Labels are.
    Write,
    /// Nothing is; what would be is counted.
    Plan,
}

/// A file that was dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// As people outside the root name it.
    pub path: &'a Path,
    /// Whose list names it.
    pub package: &'a PackageName,
    /// What came of it.
    pub outcome: Outcome,
}

/// Is told what happens, by several threads.
pub trait Watch: Sync {
    /// An entry of a list is about to be dealt with.
    fn entry(&self, _entry: &Entry) {}
    /// A file was dealt with.
    fn file(&self, _seen: &Seen<'_>) {}
    /// A signature for the file at that path, as people outside the root name it, was displaced or passed over.
    fn remark(&self, path: &Path, remark: &Remark) {
        log::log!(remark.level(), "'{}': {remark}", shown(path));
    }
    /// A file could not be looked at.
    fn failure(&self, error: &SystemError);
    /// A list cannot be used, and none of its package's files is touched.
    fn bad_list(&self, package: &PackageName, error: &SourceError);
    /// All files of a package were dealt with.
    fn package(&self, _package: &Package) {}
}

/// What is the same for every package.
pub struct Labelling<'a> {
    /// The system.
    pub root: &'a Root,
    /// All signatures of installed packages: several lists may have different ones for one content.
    pub store: &'a Store,
    /// Who verifies them then.
    pub held: &'a HeldKeys,
    /// Whether anything is written.
    pub mode: Mode,
    /// Is told.
    pub watch: &'a dyn Watch,
}

/// What threads share beyond that.
struct Shared {
    diversions: Diversions,
    filters: OnceLock<Filters>,
}

impl Shared {
    fn filters(&self, root: &Root) -> Result<&Filters, SystemError> {
        match self.filters.get() {
            Some(filters) => Ok(filters),
            None => {
                let filters = Filters::of_root(root)?;
                Ok(self.filters.get_or_init(|| filters))
            }
        }
    }
}

impl<'a> Labelling<'a> {
    /// Labels the files of those packages; one without a list has nothing to label. Afterwards the labels are
    /// on disk.
    ///
    /// # Errors
    /// If dpkg's database cannot be read, or labels are not on disk for certain. What concerns a single file or
    /// package is told to [`Watch`] and counted.
    pub fn run(
        &self,
        sources: impl Iterator<Item = Source> + Send,
        threads: NonZeroUsize,
    ) -> Result<Tally, SystemError> {
        let shared = Shared {
            diversions: Database::new(self.root).diversions()?,
            filters: OnceLock::new(),
        };
        let queue = Queue::new(sources);
        let total = Mutex::new((Tally::default(), Unsynced::default()));
        let work = || {
            let (tally, unsynced) = self.work(&shared, &queue)?;
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            total.0.merge(tally);
            total.1.merge(unsynced);
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(work)).collect();
            let joined = others
                .into_iter()
                .map(|other| other.join().expect("it does not panic"));
            std::iter::once(work())
                .chain(joined)
                .collect::<Result<(), SystemError>>()
        })?;
        let (tally, unsynced) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
        unsynced.sync()?;
        Ok(tally)
    }

    fn work<S: Iterator<Item = Source>>(
        &self,
        shared: &Shared,
        queue: &Queue<S, Batch>,
    ) -> Result<(Tally, Unsynced), SystemError> {
        let mut worker = Worker::new(self, shared)?;
        while let Some(batch) = queue.next(|source| self.read(&source, &mut worker.tally)) {
            worker.label(&batch);
        }
        Ok((worker.tally, worker.unsynced))
    }

    fn read(&self, source: &Source, tally: &mut Tally) -> Vec<Batch> {
        match Package::load(self.root, source) {
            Ok(Some(package)) if package.is_empty() => {
                self.watch.package(&package);
                Vec::new()
            }
            Ok(Some(package)) => Arc::new(package).batches(),
            Ok(None) => Vec::new(),
            Err(error) => {
                tally.bad_lists += 1;
                // A list that is not well-formed is no better the next time.
                if error.is_of_the_machine() {
                    tally.unfinished.insert(source.package.clone());
                }
                self.watch.bad_list(&source.package, &error);
                Vec::new()
            }
        }
    }
}
