//! Plans a run, and carries it out.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use super::adopt::Adopting;
use super::ask_sources::ask_sources;
use super::error::RelabelError;
use super::from::{ChosenDebs, DebProgress, DebSearch};
use super::named;
use super::relabelled::Relabelled;
use crate::dpkg::{DatabaseLock, InstalledPackage, PackageName};
use crate::guard::{Request, request};
#[cfg(not(feature = "cli"))]
use crate::keys::held::HeldKeys;
#[cfg(feature = "cli")]
use crate::keys::signing::system_keys;
use crate::labelling::{Labelling, ListSource, Mode, Placement, Progress};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{FetchedLists, Lock, all_in_memory, learn};
use crate::tasks::fetch::FetchProgress;

/// The most threads: more of them do not make a disk faster.
const THREADS_MAX: NonZeroUsize = NonZeroUsize::new(16).expect("it is not zero");

/// What is to be relabelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelabelOptions {
    /// Whether labels and lists are written.
    pub mode: Mode,
    /// .debs, and folders with .debs beneath, whose lists are taken for packages that were installed unsigned.
    pub from: Vec<PathBuf>,
    /// The packages; none stands for all.
    pub packages: Vec<PackageName>,
}

/// A run that is about to be carried out.
pub struct Plan<'a> {
    root: &'a Root,
    mode: Mode,
    sources: Vec<ListSource>,
    /// Packages without a list.
    lacking: Vec<InstalledPackage>,
    relabelled: Relabelled,
    /// Held until the end, so that the packages that .debs were chosen for stay as they are.
    _lock: Option<DatabaseLock>,
}

impl<'a> Plan<'a> {
    /// Finds the packages, and reads the .debs.
    ///
    /// # Errors
    /// If dpkg's database cannot be read or is in use, or a package is not installed.
    pub fn make(
        root: &'a Root,
        options: &RelabelOptions,
        progress: DebProgress<'_>,
    ) -> Result<Self, RelabelError> {
        let adopts = !options.from.is_empty() && options.mode == Mode::Write;
        let lock = if adopts {
            DatabaseLock::take(root)?
        } else {
            None
        };
        if options.mode == Mode::Write {
            settle_fetched(root);
        }
        let (signed, mut lacking) = named::select(root, &options.packages)?;
        let chosen = choose_debs(root, &lacking, &options.from, progress)?;
        lacking.retain(|installed| !chosen.debs.contains_key(&installed.name));
        let relabelled = Relabelled {
            skipped: chosen.skipped,
            passed_over: chosen.passed_over,
            ..Relabelled::default()
        };
        let of_deb = |(package, deb)| ListSource {
            package,
            deb: Some(deb),
        };
        let of_debs = chosen.debs.into_iter().map(of_deb);
        let signed = signed.into_iter().map(ListSource::installed);
        Ok(Self {
            root,
            mode: options.mode,
            sources: signed.chain(of_debs).collect(),
            lacking,
            relabelled,
            _lock: lock,
        })
    }

    /// Has lists fetched, from the sources that the root's configuration names, for the packages that have none, and keeps
    /// those of use. A plan that writes nothing says only what it would fetch. Nothing is done where no source is named.
    pub fn fetch(&mut self, progress: FetchProgress<'_>) {
        if self.lacking.is_empty() {
            return;
        }
        let (what, held) = ((self.root, self.mode), system_keys(self.root));
        let answers = ask_sources(what, &self.lacking, &held, progress);
        let is_answered =
            |name: &PackageName| answers.fetched.contains(name) || answers.put_off.contains(name);
        self.lacking
            .retain(|installed| !is_answered(&installed.name));
        let fetched = answers.fetched.iter().cloned();
        self.sources.extend(fetched.map(ListSource::installed));
        self.relabelled.answers = answers;
    }

    /// The number of packages with a list.
    #[must_use]
    pub fn packages(&self) -> usize {
        self.sources.len()
    }

    /// Writes the labels that are missing or wrong. Afterwards they are on disk, and a guard that runs knows of the lists.
    ///
    /// # Errors
    /// If dpkg's database cannot be read, or the labels may not be on disk.
    pub fn carry_out(mut self, progress: &dyn Progress) -> Result<Relabelled, RelabelError> {
        let (root, mode) = (self.root, self.mode);
        let lacking = self.lacking.into_iter().map(|installed| installed.name);
        self.relabelled.unsigned = lacking.collect();
        let held = system_keys(root);
        let store = match mode {
            Mode::Plan => all_in_memory(root, &held)?,
            Mode::Write => learn(root, &held)?,
        };
        let adopting = Adopting::new(root, &held, progress, mode);
        let labelling = Labelling {
            root,
            store: &store,
            held: &held,
            mode,
            progress: &adopting,
        };
        self.relabelled.tally = labelling.run(self.sources.into_iter(), threads())?;
        adopting.finish(&mut self.relabelled);
        if root.is_running_system() && mode == Mode::Write {
            // Without a guard there is no one to tell.
            if let Err(error) = request(&Request::StoreChanged) {
                log::debug!("{error}");
            }
        }
        Ok(self.relabelled)
    }
}

fn choose_debs(
    root: &Root,
    unsigned: &[InstalledPackage],
    from: &[PathBuf],
    progress: DebProgress<'_>,
) -> Result<ChosenDebs, SystemError> {
    let (placement, held) = (Placement::of(root)?, system_keys(root));
    let search = DebSearch::new(unsigned, &placement, &held)?;
    Ok(search.run(from, progress))
}

#[cfg(not(feature = "cli"))]
fn system_keys(root: &Root) -> HeldKeys {
    HeldKeys::of_system(root)
}

fn threads() -> NonZeroUsize {
    available_parallelism().map_or(NonZeroUsize::MIN, |cores| cores.min(THREADS_MAX))
}

/// dpkg may have run without our hooks.
fn settle_fetched(root: &Root) {
    let fetched = FetchedLists::of(root);
    let settled = match fetched.are_any() {
        Ok(true) => Lock::take_soon(root).and_then(|lock| Ok(fetched.settle(&lock)?)),
        Ok(false) => Ok(()),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = settled {
        log::warn!("fetched lists may be those of other versions: {error}");
    }
}
