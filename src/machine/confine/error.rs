//! Why a process is less confined than it should be.

use std::io;

use crate::machine::error::SystemError;

/// Why one of the steps was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// The kernel refused it.
    #[error("{0}")]
    Kernel(#[from] io::Error),
    /// The state folder cannot be opened, so no rule can allow it.
    #[error("{0}")]
    Folder(#[from] SystemError),
    /// Landlock refused the rules.
    #[error("{0}")]
    Landlock(#[from] landlock::RulesetError),
    /// The kernel enforces none of the rules.
    #[error("this kernel has no Landlock, or it is switched off")]
    NoLandlock,
    /// No filter can be built for this machine.
    #[error("{0}")]
    Filter(String),
}
