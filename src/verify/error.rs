//! Why nothing can be said.

use crate::contents::ContentsError;
use crate::deb::DebError;
use crate::dpkg::DatabaseError;
use crate::system::SystemError;
use crate::target::TargetError;

/// Why nothing can be said of a target. The messages do not name it.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// No package that we read.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// Its contents cannot be told.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// dpkg's database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such target.
    #[error(transparent)]
    Target(#[from] TargetError),
}
