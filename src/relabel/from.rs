//! `--from`: lists out of .debs for packages that were installed before they were signed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use super::candidates::{self, Candidate, Candidates, PassedOver};
use crate::deb::{Control, DebError};
use crate::dpkg::{Build, Installed, PackageName};
use crate::imasigs::List;
use crate::keyring::HeldKeys;
use crate::system::shown;
use crate::text::Text;

/// A .deb that was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub deb: PathBuf,
    /// Why.
    pub why: Skip,
}

/// Why a .deb was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It cannot be read, or is no .deb that we read.
    Unreadable(Text),
    /// It carries no list.
    Unsigned,
    /// No package without a list is the one in it.
    NotWanted,
    /// None of the package's files has the content that the list says.
    AnotherBuild(PackageName),
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deb = shown(&self.deb);
        match &self.why {
            Skip::Unreadable(why) => write!(f, "'{deb}' is not used: {why}"),
            Skip::Unsigned => write!(f, "'{deb}' is not used: it is unsigned"),
            Skip::NotWanted => write!(
                f,
                "'{deb}' is not used: no package of that name, version and architecture is installed without a list"
            ),
            Skip::AnotherBuild(package) => write!(
                f,
                "'{deb}' is not used: no file of the installed package {package} is the one in it"
            ),
        }
    }
}

/// Is told how many .debs were looked at, of how many.
pub type LookedAt<'a> = &'a dyn Fn(usize, usize);

/// Which .deb's list to take for which package.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) debs: BTreeMap<PackageName, PathBuf>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) passed_over: PassedOver,
}

/// Finds, for each package without a list, a .deb of the very version and architecture that has one. Among
/// several one whose keys are all held is taken, then the first.
pub(super) fn choose(
    from: &[PathBuf],
    unsigned: &[Installed],
    held: &HeldKeys,
    looked_at: LookedAt<'_>,
) -> Choice {
    let names = unsigned
        .iter()
        .map(|installed| (&installed.build, &installed.name));
    let packages = unsigned
        .iter()
        .map(|installed| installed.build.package.as_str());
    let mut search = Search {
        wanted: names.collect(),
        held,
        found: BTreeMap::new(),
        unsigned: BTreeMap::new(),
        skipped: Vec::new(),
        passed_over: PassedOver::default(),
    };
    let packages = packages.collect();
    let Candidates {
        debs,
        unreadable,
        passed_over,
    } = candidates::find(from, &packages);
    search.passed_over = passed_over;
    for error in unreadable {
        search.skip(error.path.clone(), &error.source);
    }
    let total = debs.len();
    for (number, candidate) in debs.into_iter().enumerate() {
        search.look_at(candidate);
        looked_at(number + 1, total);
    }
    search.finish()
}

struct Search<'a> {
    wanted: HashMap<&'a Build, &'a PackageName>,
    held: &'a HeldKeys,
    /// With whether all keys are held.
    found: BTreeMap<&'a PackageName, (bool, PathBuf)>,
    unsigned: BTreeMap<&'a PackageName, PathBuf>,
    skipped: Vec<Skipped>,
    passed_over: PassedOver,
}

impl<'a> Search<'a> {
    fn look_at(&mut self, Candidate { deb, named }: Candidate) {
        match self.read(&deb) {
            Ok(None) if named => {
                let why = Skip::NotWanted;
                self.skipped.push(Skipped { deb, why });
            }
            Ok(None) => self.passed_over.debs += 1,
            Ok(Some((package, None))) => drop(self.unsigned.insert(package, deb)),
            Ok(Some((package, Some(list)))) => {
                let held = self.is_held(&list);
                let known = self.found.get(package);
                if known.is_none_or(|(known_held, _)| held && !known_held) {
                    self.found.insert(package, (held, deb));
                }
            }
            Err(error) => self.skip(deb, &error),
        }
    }

    fn skip(&mut self, deb: PathBuf, why: &impl fmt::Display) {
        let why = Skip::Unreadable(Text::of(why));
        self.skipped.push(Skipped { deb, why });
    }

    /// The package that a .deb is wanted for, and its list.
    fn read(&self, deb: &Path) -> Result<Option<(&'a PackageName, Option<List>)>, DebError> {
        let control = Control::of_deb(deb)?;
        let build = Build::from_fields(|name| Some(control.field(name)?.plain()?.to_owned()));
        let Some(package) = build.and_then(|build| self.wanted.get(&build).copied()) else {
            return Ok(None);
        };
        Ok(Some((package, control.list()?)))
    }

    fn is_held(&self, list: &List) -> bool {
        let mut entries = list.entries().iter();
        entries.all(|entry| self.held.holds(entry.signature.key_id))
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
