//! Why the contents of a package cannot be read.

use crate::format::deb::DebError;
use crate::format::imasigs::{ENTRIES_MAX, escaped};
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;

/// Why the contents of a package cannot be read. The messages do not name the package: the caller knows which it was.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// An operation on the file failed.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The file is no package, or one that dpkg or this program refuses.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// Two entries of data.tar would be unpacked to one path, so that the second replaces the first.
    #[error("data.tar: '{}' is there twice", escaped(.0.as_bytes()))]
    Twice(PackagePath),
    /// An entry of data.tar lies beneath an earlier one that is no folder.
    #[error("data.tar: '{}' lies beneath a file", escaped(.0.as_bytes()))]
    Beneath(PackagePath),
    /// A hard link of data.tar names no earlier file, so that dpkg could not make it.
    #[error(
        "data.tar: '{}' is a hard link to '{}', which is no file before it",
        escaped(.path.as_bytes()), escaped(.target.as_bytes())
    )]
    Link {
        /// The further name.
        path: PackagePath,
        /// The file it should be another name of.
        target: PackagePath,
    },
    /// More files are to be signed than a list may have entries.
    #[error("data.tar: more than {ENTRIES_MAX} files to sign")]
    TooMany,
}
