//! What is to be relabelled, and the doing.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use super::adopt::Adopting;
use super::error::RelabelError;
use super::from::{self, Choice, LookedAt};
use super::named;
use super::relabelled::Relabelled;
use crate::dpkg::{DatabaseLock, PackageName};
use crate::guard::{Request, request};
use crate::keys::held::HeldKeys;
use crate::labelling::{Labelling, ListSource, Mode, Progress};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Store, all_in_memory, learn};

/// Past so many threads a disk does not get faster.
const THREADS_MAX: NonZeroUsize = NonZeroUsize::new(16).expect("it is not zero");

/// What is to be labelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Nothing is written, and what would be is told.
    pub dry_run: bool,
    /// .debs, and folders with .debs beneath, whose lists are taken for packages that were installed unsigned.
    pub from: Vec<PathBuf>,
    /// These packages; none: all.
    pub packages: Vec<PackageName>,
}

/// What is about to be done: how many packages it is.
pub struct Plan<'a> {
    root: &'a Root,
    options: &'a Options,
    sources: Vec<ListSource>,
    relabelled: Relabelled,
    /// So that what `--from` was chosen for stays what is installed.
    _lock: Option<DatabaseLock>,
}

impl<'a> Plan<'a> {
    /// Looks at what is installed, and at the .debs.
    ///
    /// # Errors
    /// If dpkg's database cannot be read or is in use, or a package is not installed.
    pub fn make(
        root: &'a Root,
        options: &'a Options,
        looked_at: LookedAt<'_>,
    ) -> Result<Self, RelabelError> {
        let adopting = !options.from.is_empty();
        let lock = if adopting && !options.dry_run {
            DatabaseLock::take(root)?
        } else {
            None
        };
        let (signed, unsigned) = named::select(root, &options.packages)?;
        let held = held_keys(root);
        let Choice {
            debs,
            skipped,
            passed_over,
        } = from::choose(&options.from, &unsigned, (root, &held), looked_at)?;
        let unsigned = unsigned.into_iter().map(|installed| installed.name);
        let mut sources: Vec<_> = signed.into_iter().map(ListSource::installed).collect();
        let relabelled = Relabelled {
            unsigned: unsigned.filter(|name| !debs.contains_key(name)).collect(),
            skipped,
            passed_over,
            ..Relabelled::default()
        };
        sources.extend(debs.into_iter().map(|(package, deb)| ListSource {
            package,
            deb: Some(deb),
        }));
        Ok(Self {
            root,
            options,
            sources,
            relabelled,
            _lock: lock,
        })
    }

    /// How many packages have a list.
    #[must_use]
    pub const fn packages(&self) -> usize {
        self.sources.len()
    }

    /// Labels what it finds wrong or missing. `progress` receives each file.
    ///
    /// # Errors
    /// If dpkg's database cannot be read, or the labels are not on disk for certain.
    pub fn carry_out(self, progress: &dyn Progress) -> Result<Relabelled, RelabelError> {
        let held = held_keys(self.root);
        let store = self.all_signatures(&held)?;
        let adopting = Adopting::new(self.root, &held, progress, self.options.dry_run);
        let labelling = Labelling {
            root: self.root,
            store: &store,
            held: &held,
            mode: if self.options.dry_run {
                Mode::Plan
            } else {
                Mode::Write
            },
            progress: &adopting,
        };
        let tally = labelling.run(self.sources.iter().cloned(), threads())?;
        let mut relabelled = self.relabelled;
        relabelled.tally = tally;
        adopting.finish(&mut relabelled);
        if self.root.is_running_system() && !self.options.dry_run {
            // A guard that runs learns of new lists. If there is none, there is nobody to tell.
            if let Err(error) = request(&Request::StoreChanged) {
                log::debug!("{error}");
            }
        }
        Ok(relabelled)
    }

    fn all_signatures(&self, held: &HeldKeys) -> Result<Store, SystemError> {
        if self.options.dry_run {
            all_in_memory(self.root, held)
        } else {
            learn(self.root, held)
        }
    }
}

/// The keys of that system. Where this kernel cannot verify by them, OpenSSL does.
#[cfg(feature = "cli")]
fn held_keys(root: &Root) -> HeldKeys {
    let held = HeldKeys::of_system(root);
    match crate::keys::signing::Trust::of_root(root) {
        Ok(trust) => held.backed_by(Box::new(trust)),
        Err(error) => {
            log::warn!("{error}");
            held
        }
    }
}

/// The keys of that system.
#[cfg(not(feature = "cli"))]
fn held_keys(root: &Root) -> HeldKeys {
    HeldKeys::of_system(root)
}

fn threads() -> NonZeroUsize {
    available_parallelism().map_or(NonZeroUsize::MIN, |cores| cores.min(THREADS_MAX))
}
