//! Why the packages of an archive cannot be had.

use std::path::PathBuf;

use crate::format::packages_index::IndexError;
use crate::format::text::Text;
use crate::machine::error::{SystemError, shown};

use super::limits::{CHOICE_MAX, PACKAGES_MAX, SOURCES_MAX};

/// Why the packages of an archive cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// An operation on the machine failed.
    #[error(transparent)]
    System(#[from] SystemError),
    /// apt's configuration cannot name it.
    #[error("apt cannot use the folder '{}'", shown(.0))]
    Folder(PathBuf),
    /// Somebody else signs from it.
    #[error("another run has '{}'", shown(.0))]
    Busy(PathBuf),
    /// The file of sources is too large.
    #[error("'{}' has more than {SOURCES_MAX} bytes", shown(.0))]
    Sources(PathBuf),
    /// apt could not fetch the indexes, or not verify them.
    #[error("the indexes: {0}")]
    Update(Text),
    /// The sources name no packages.
    #[error("apt finds no index of packages in '{}'", shown(.0))]
    NoIndex(PathBuf),
    /// apt has an index that nobody has signed.
    #[error("the index of {0} is not signed")]
    Unsigned(Text),
    /// An index cannot be read to its end.
    #[error("the index of {0}: {1}")]
    Index(Text, IndexError),
    /// More than [`PACKAGES_MAX`].
    #[error("more than {PACKAGES_MAX} packages")]
    TooMany,
    /// A file that chooses packages is too large.
    #[error("'{}' has more than {CHOICE_MAX} bytes", shown(.0))]
    Choice(PathBuf),
    /// A line of it names no package.
    #[error("'{}': '{line}' is no name of a package", shown(.path))]
    Name {
        /// The file.
        path: PathBuf,
        /// The line.
        line: Text,
    },
}

impl ArchiveError {
    /// What the user may do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Folder(_) => Some("name it with printable characters only, without quotes"),
            Self::Busy(_) => Some("wait until it ends; several may run at a time with --shard"),
            Self::Update(_) => Some(
                "nothing is signed without all of them; a source needs Signed-By: sources.list(5)",
            ),
            Self::NoIndex(_) => Some("it needs sources of binary packages: sources.list(5)"),
            Self::Name { .. } => Some("write one name a line"),
            _ => None,
        }
    }
}
