//! `--from`: the .deb whose list is taken for a package that was installed before it was signed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use super::offered::{OfferedDeb, OfferedDebs, PassedOver};
use super::skipped::{SkipReason, SkippedDeb};
use super::worth::{Worth, forged};
use crate::contents::control_of;
use crate::dpkg::{Build, InstalledPackage, PackageName};
use crate::format::deb::DebError;
use crate::format::imasigs::List;
use crate::format::text::Text;
use crate::keys::held::HeldKeys;
use crate::labelling::{PackageFiles, Placement};
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;

/// Receives the number of .debs that were read, and the number of all that are to be.
pub type DebProgress<'a> = &'a dyn Fn(usize, usize);

/// The .debs whose lists are taken, and the others.
#[derive(Debug, Default)]
pub(super) struct ChosenDebs {
    pub(super) debs: BTreeMap<PackageName, PathBuf>,
    pub(super) skipped: Vec<SkippedDeb>,
    pub(super) passed_over: PassedOver,
}

/// Finds, for each package without a list, a .deb of the very version and architecture that has a list with nothing
/// forged in it. Among several, the .deb wins whose signatures verify for the most files as they are; then the first.
pub(super) struct DebSearch<'a> {
    wanted: HashMap<&'a Build, &'a PackageName>,
    placement: &'a Placement<'a>,
    opener: PathOpener<'a>,
    held: &'a HeldKeys,
    /// The best so far, with its worth once there was another.
    found: BTreeMap<&'a PackageName, (Option<Worth>, PathBuf)>,
    unsigned: BTreeMap<&'a PackageName, PathBuf>,
    skipped: Vec<SkippedDeb>,
    passed_over: PassedOver,
}

impl<'a> DebSearch<'a> {
    /// # Errors
    /// If the root cannot be examined.
    pub(super) fn new(
        unsigned: &'a [InstalledPackage],
        placement: &'a Placement<'a>,
        held: &'a HeldKeys,
    ) -> Result<Self, SystemError> {
        let wanted = unsigned.iter();
        let wanted = wanted.map(|installed| (&installed.build, &installed.name));
        Ok(Self {
            wanted: wanted.collect(),
            placement,
            opener: PathOpener::new(placement.root)?,
            held,
            found: BTreeMap::new(),
            unsigned: BTreeMap::new(),
            skipped: Vec::new(),
            passed_over: PassedOver::default(),
        })
    }

    /// Reads what the arguments of `--from` offer.
    pub(super) fn run(mut self, from: &[PathBuf], progress: DebProgress<'_>) -> ChosenDebs {
        let names = self.wanted.keys().map(|build| build.package.as_str());
        let offered = OfferedDebs::find(from, &names.collect());
        self.passed_over = offered.passed_over;
        for error in offered.unreadable {
            self.skip_unreadable(error.path.clone(), &error.source);
        }
        let total = offered.debs.len();
        for (number, deb) in (1..).zip(offered.debs) {
            self.look_at(deb);
            progress(number, total);
        }
        self.finish()
    }

    fn look_at(&mut self, OfferedDeb { deb, named }: OfferedDeb) {
        match self.read(&deb) {
            Ok(None) if named => self.skip(deb, SkipReason::NotWanted),
            Ok(None) => self.passed_over.debs += 1,
            Ok(Some((package, None))) => drop(self.unsigned.insert(package, deb)),
            Ok(Some((package, Some(list)))) => match forged(&list, package, self.held) {
                Some(forged) => self.skip(deb, SkipReason::Forged(forged)),
                None => self.compare(package, deb, &list),
            },
            Err(error) => self.skip_unreadable(deb, &error),
        }
    }

    fn skip(&mut self, deb: PathBuf, why: SkipReason) {
        self.skipped.push(SkippedDeb { deb, why });
    }

    fn skip_unreadable(&mut self, deb: PathBuf, error: &impl fmt::Display) {
        self.skip(deb, SkipReason::Unreadable(Text::of(error)));
    }

    /// The package that a .deb is wanted for, and its list.
    fn read(&self, deb: &Path) -> Result<Option<(&'a PackageName, Option<List>)>, DebError> {
        let control = control_of(deb)?;
        let build = Build::from_fields(|name| control.field(name));
        let Some(package) = build.and_then(|build| self.wanted.get(&build).copied()) else {
            return Ok(None);
        };
        Ok(Some((package, control.list()?)))
    }

    /// Keeps the better of two .debs. The first is read again, so that not every list is kept: several are seldom there.
    fn compare(&mut self, package: &'a PackageName, deb: PathBuf, list: &List) {
        let Some((known, first)) = self.found.remove(package) else {
            self.found.insert(package, (None, deb));
            return;
        };
        let known = known.unwrap_or_else(|| {
            let list = self.read(&first).ok().flatten().and_then(|(_, list)| list);
            list.map_or(Worth::default(), |list| self.worth(package, &list))
        });
        let worth = self.worth(package, list);
        let better = match worth > known {
            true => (Some(worth), deb),
            false => (Some(known), first),
        };
        self.found.insert(package, better);
    }

    /// A list is worth nothing to a package whose files cannot be found.
    fn worth(&mut self, package: &PackageName, list: &List) -> Worth {
        match PackageFiles::of(package.clone(), self.placement) {
            Ok(files) => Worth::of(list, &files, &mut self.opener, self.held),
            Err(error) => {
                log::debug!("{error}");
                Worth::default()
            }
        }
    }

    /// An unsigned .deb is skipped with a message only where there is no signed one.
    fn finish(mut self) -> ChosenDebs {
        for (package, deb) in std::mem::take(&mut self.unsigned) {
            if !self.found.contains_key(package) {
                self.skip(deb, SkipReason::Unsigned);
            }
        }
        let found = self.found.into_iter();
        let debs = found.map(|(package, (_, deb))| (package.clone(), deb));
        ChosenDebs {
            debs: debs.collect(),
            skipped: self.skipped,
            passed_over: self.passed_over,
        }
    }
}
