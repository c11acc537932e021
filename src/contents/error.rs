//! Why a package's contents cannot be told.

use crate::format::deb::DebError;
use crate::format::imasigs::{ENTRIES_MAX, escaped};
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;

/// Why a package's contents cannot be told. The messages do not name the package.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It is no package that we read.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// Two entries of data.tar would be unpacked to one place.
    #[error("data.tar: '{}' is there twice", escaped(.0.as_bytes()))]
    Twice(PackagePath),
    /// An entry of data.tar whose folder is a file.
    #[error("data.tar: '{}' lies beneath a file", escaped(.0.as_bytes()))]
    Beneath(PackagePath),
    /// A hard link that dpkg could not make.
    #[error(
        "data.tar: '{}' is a hard link to '{}', which is no file before it",
        escaped(.path.as_bytes()), escaped(.target.as_bytes())
    )]
    Link {
        /// The link.
        path: PackagePath,
        /// What it names.
        target: PackagePath,
    },
    /// More files than a list may have.
    #[error("data.tar: more than {ENTRIES_MAX} files to sign")]
    TooMany,
}
