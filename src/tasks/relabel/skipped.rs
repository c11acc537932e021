//! .debs of `--from` that are not used, and why.

use std::fmt;
use std::path::PathBuf;

use crate::dpkg::PackageName;
use crate::format::text::Text;
use crate::machine::error::shown;
use crate::signatures::ForgedList;

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
    /// It has signatures that fail under a key that is held.
    Forged(ForgedList),
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
            Skip::Forged(forged) => write!(f, "'{deb}' is not used: {forged}"),
            Skip::AnotherBuild(package) => write!(
                f,
                "'{deb}' is not used: no file of the installed package {package} is the one in it"
            ),
        }
    }
}
