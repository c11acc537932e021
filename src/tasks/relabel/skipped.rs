//! .debs of `--from` that are not used, and why.

use std::fmt;
use std::path::PathBuf;

use crate::dpkg::PackageName;
use crate::format::text::Text;
use crate::machine::error::shown;
use crate::signatures::ForgedList;

/// A .deb that is not used. Prints as a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedDeb {
    /// Its path.
    pub deb: PathBuf,
    /// The reason.
    pub why: SkipReason,
}

/// Why a .deb was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// It cannot be read, or is not well-formed; with the error.
    Unreadable(Text),
    /// It has no list.
    Unsigned,
    /// No package without a list has its name, version and architecture.
    NotWanted,
    /// Signatures of its list fail under a key that is held.
    Forged(ForgedList),
    /// No file of the installed package has the content that the list says: it is of another build.
    AnotherBuild(PackageName),
}

impl SkippedDeb {
    pub(super) const fn is_unreadable(&self) -> bool {
        matches!(self.why, SkipReason::Unreadable(_))
    }
}

impl fmt::Display for SkippedDeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not used: {}", shown(&self.deb), self.why)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "{error}"),
            Self::Unsigned => f.write_str("it is unsigned"),
            Self::NotWanted => f.write_str(
                "no package of that name, version and architecture is installed without a list",
            ),
            Self::Forged(forged) => write!(f, "{forged}"),
            Self::AnotherBuild(package) => write!(
                f,
                "no file of the installed package {package} is the one in it"
            ),
        }
    }
}
