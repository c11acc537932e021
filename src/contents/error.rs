//! Why a package's contents cannot be told.

use crate::deb::DebError;
use crate::imasigs::escaped;
use crate::package_path::PackagePath;
use crate::system::SystemError;

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
    /// An entry of data.tar has less content than it says.
    #[error("data.tar: '{}' is cut off", escaped(.0.as_bytes()))]
    Cut(PackagePath),
}
