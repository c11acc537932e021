//! Why a cache is not used.

use std::path::PathBuf;

use crate::machine::error::{SystemError, shown};

/// Why a cache is not used. Signing needs none.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file cannot be made, opened, locked, read or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The file is none that we made, or its head is damaged. It stays as it is.
    #[error("'{}' is no cache of signatures", shown(.0))]
    NoCache(PathBuf),
    /// It belongs to neither root nor this user; the user's number.
    #[error("the cache '{}' belongs to the user {owner}", shown(.path))]
    Owner {
        /// As the user named it.
        path: PathBuf,
        /// The file's.
        owner: u32,
    },
    /// Its group, or everybody, may write to it.
    #[error("others may write to the cache '{}'", shown(.0))]
    Writable(PathBuf),
    /// Another process has it.
    #[error("the cache '{}' is in use by another process", shown(.0))]
    Busy(PathBuf),
}

impl CacheError {
    /// Advice for the user.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::System(_) => "this run signs without a cache; name a file that can be written",
            Self::NoCache(_) => {
                "this run signs without a cache; name another file, or remove this one if it was a cache"
            }
            Self::Owner { .. } => "this run signs without a cache; name one of your own",
            Self::Writable(_) => {
                "this run signs without a cache; 'chmod go-w', or remove the file if you do not know who wrote to it"
            }
            Self::Busy(_) => {
                "this run signs without a cache; give each of several processes a cache of its own"
            }
        }
    }
}
