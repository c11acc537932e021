//! `relabel`: gives the files of installed packages the labels that they lack, after a restore that lost
//! them, or on a system that was installed before its packages were signed.
//!
//! It may be killed at any moment: each label is written whole, a list is kept only after the files of its
//! package were labelled, and the next run begins where this one was.

mod adopt;
mod candidates;
mod from;
mod named;
mod remarks;
mod remedy;
mod worth;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use crate::dpkg::{DatabaseLock, LockError, PackageName};
use crate::format::ima::KeyId;
use crate::guard::{Request, request};
use crate::keys::held::HeldKeys;
use crate::labelling::{Labelling, Mode, Source, Tally, Watch};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Store, all_in_memory, learn};

use adopt::Adopting;
use from::Choice;

pub use candidates::PassedOver;
pub use from::{LookedAt, Skip, Skipped};
pub use remarks::Remark;
pub use remedy::remedy;

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

/// What a run did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relabelled {
    /// Files, and what kept some from their labels.
    pub tally: Tally,
    /// Packages that have files and no list.
    pub unsigned: BTreeSet<PackageName>,
    /// Keys that lists are signed with, and that this machine does not hold.
    pub unheld: BTreeSet<KeyId>,
    /// Packages that have a list now, from a .deb.
    pub adopted: usize,
    /// .debs that were of no use although they seemed to be meant, and why.
    pub skipped: Vec<Skipped>,
    /// What else `--from` named.
    pub passed_over: PassedOver,
}

/// Why nothing was done, or not all.
#[derive(Debug, thiserror::Error)]
pub enum RelabelError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// dpkg's database is in use.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// dpkg does not know it.
    #[error("package {0} is not installed")]
    NotInstalled(PackageName),
}

/// What is about to be done: how many packages it is.
pub struct Plan<'a> {
    root: &'a Root,
    options: &'a Options,
    sources: Vec<Source>,
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
        let mut sources: Vec<_> = signed.into_iter().map(Source::installed).collect();
        let relabelled = Relabelled {
            unsigned: unsigned.filter(|name| !debs.contains_key(name)).collect(),
            skipped,
            passed_over,
            ..Relabelled::default()
        };
        sources.extend(debs.into_iter().map(|(package, deb)| Source {
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

    /// Labels what it finds wrong or missing. `watch` is told of each file.
    ///
    /// # Errors
    /// If dpkg's database cannot be read, or the labels are not on disk for certain.
    pub fn carry_out(self, watch: &dyn Watch) -> Result<Relabelled, RelabelError> {
        let held = held_keys(self.root);
        let store = self.all_signatures(&held)?;
        let adopting = Adopting::new(self.root, &held, watch, self.options.dry_run);
        let labelling = Labelling {
            root: self.root,
            store: &store,
            held: &held,
            mode: if self.options.dry_run {
                Mode::Plan
            } else {
                Mode::Write
            },
            watch: &adopting,
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
