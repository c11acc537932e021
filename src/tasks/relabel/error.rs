//! Why nothing was relabelled, or not all.

use crate::dpkg::{LockError, PackageName};
use crate::machine::error::SystemError;

/// Why nothing was relabelled, or not all.
#[derive(Debug, thiserror::Error)]
pub enum RelabelError {
    /// A file of the system, or of dpkg, could not be read or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// dpkg's database is in use.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// dpkg does not know the package.
    #[error("package {0} is not installed")]
    NotInstalled(PackageName),
}
