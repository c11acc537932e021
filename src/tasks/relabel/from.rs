//! `--from`: lists out of .debs for packages that were installed before they were signed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use super::offered::{self, OfferedDeb, OfferedDebs, PassedOver};
use super::skipped::{Skip, Skipped};
use super::worth::{Worth, forged};
use crate::contents::control_of;
use crate::dpkg::{Build, Database, Diversions, InstalledPackage, PackageName};
use crate::format::deb::DebError;
use crate::format::imasigs::List;
use crate::format::text::Text;
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Is told how many .debs were looked at, of how many.
pub type LookedAt<'a> = &'a dyn Fn(usize, usize);

/// Which .deb's list to take for which package.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) debs: BTreeMap<PackageName, PathBuf>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) passed_over: PassedOver,
}

/// Finds, for each package without a list, a .deb of the very version and architecture that has one with nothing
/// forged in it. Among several the one is taken that has signatures that verify for the most files as they are, then the
/// first.
///
/// # Errors
/// If dpkg's database cannot be read.
pub(super) fn choose(
    from: &[PathBuf],
    unsigned: &[InstalledPackage],
    (root, held): (&Root, &HeldKeys),
    looked_at: LookedAt<'_>,
) -> Result<Choice, SystemError> {
    let names = unsigned
        .iter()
        .map(|installed| (&installed.build, &installed.name));
    let packages = unsigned
        .iter()
        .map(|installed| installed.build.package.as_str());
    let mut search = DebSearch {
        root,
        diversions: Database::new(root).diversions()?,
        wanted: names.collect(),
        held,
        found: BTreeMap::new(),
        unsigned: BTreeMap::new(),
        skipped: Vec::new(),
        passed_over: PassedOver::default(),
    };
    let packages = packages.collect();
    let OfferedDebs {
        debs,
        unreadable,
        passed_over,
    } = offered::find(from, &packages);
    search.passed_over = passed_over;
    for error in unreadable {
        search.skip(error.path.clone(), &error.source);
    }
    let total = debs.len();
    for (number, offered) in debs.into_iter().enumerate() {
        search.look_at(offered);
        looked_at(number + 1, total);
    }
    Ok(search.finish())
}

struct DebSearch<'a> {
    root: &'a Root,
    diversions: Diversions,
    wanted: HashMap<&'a Build, &'a PackageName>,
    held: &'a HeldKeys,
    /// With what it is worth, once there was another.
    found: BTreeMap<&'a PackageName, (Option<Worth>, PathBuf)>,
    unsigned: BTreeMap<&'a PackageName, PathBuf>,
    skipped: Vec<Skipped>,
    passed_over: PassedOver,
}

impl<'a> DebSearch<'a> {
    fn look_at(&mut self, OfferedDeb { deb, named }: OfferedDeb) {
        match self.read(&deb) {
            Ok(None) if named => {
                let why = Skip::NotWanted;
                self.skipped.push(Skipped { deb, why });
            }
            Ok(None) => self.passed_over.debs += 1,
            Ok(Some((package, None))) => drop(self.unsigned.insert(package, deb)),
            Ok(Some((package, Some(list)))) => match forged(&list, package, self.held) {
                Some(forged) => {
                    let why = Skip::Forged(forged);
                    self.skipped.push(Skipped { deb, why });
                }
                None => self.compare(package, deb, &list),
            },
            Err(error) => self.skip(deb, &error),
        }
    }

    fn skip(&mut self, deb: PathBuf, why: &impl fmt::Display) {
        let why = Skip::Unreadable(Text::of(why));
        self.skipped.push(Skipped { deb, why });
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

    /// The one that was found before is read again, so that not every list is kept: several are seldom there.
    fn compare(&mut self, package: &'a PackageName, deb: PathBuf, list: &List) {
        let Some((known, first)) = self.found.get(package).cloned() else {
            self.found.insert(package, (None, deb));
            return;
        };
        let known = known.unwrap_or_else(|| {
            let list = self.read(&first).ok().flatten().and_then(|(_, list)| list);
            list.map_or(Worth::default(), |list| self.worth(package, &list))
        });
        let worth = self.worth(package, list);
        let better = if worth > known {
            (Some(worth), deb)
        } else {
            (Some(known), first)
        };
        self.found.insert(package, better);
    }

    fn worth(&self, package: &PackageName, list: &List) -> Worth {
        Worth::of(list, package, (self.root, &self.diversions), self.held)
    }

    /// An unsigned .deb is worth a word only where there is no signed one.
    fn finish(mut self) -> Choice {
        self.unsigned
            .retain(|package, _| !self.found.contains_key(package));
        let why = Skip::Unsigned;
        let unsigned = self.unsigned.into_values().map(|deb| Skipped {
            deb,
            why: why.clone(),
        });
        let found = self.found.into_iter();
        Choice {
            skipped: self.skipped.into_iter().chain(unsigned).collect(),
            passed_over: self.passed_over,
            debs: found
                .map(|(package, (_, deb))| (package.clone(), deb))
                .collect(),
        }
    }
}
