//! The lock of the store, a file beside the segments.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::Mode;

use super::STATE;
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::root::Root;

/// Held while the store is changed.
const LOCK: &str = "lock";
/// How long to wait for another sweep to end.
const LOCK_WAIT: Duration = Duration::from_secs(20);
/// The same for those whom somebody waits for, and who can do without: a guard that starts.
const LOCK_WAIT_SHORT: Duration = Duration::from_secs(2);
/// How often to look meanwhile.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why the store could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Another process holds the lock, for longer than that.
    #[error("another dpkg-ima-helper has been changing the store for {} seconds", .0.as_secs())]
    Busy(Duration),
}

/// The right to change the store. Given back when dropped.
#[derive(Debug)]
pub struct Lock {
    folder: Folder,
    _lock: Flock<std::fs::File>,
}

impl Lock {
    /// Makes the state folder if it is not there, and waits for the lock.
    ///
    /// # Errors
    /// If the folder cannot be made, or another process does not let go of it.
    pub fn take(root: &Root) -> Result<Self, StoreError> {
        Self::take_within(root, LOCK_WAIT)
    }

    /// The same, but does not wait for long.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_soon(root: &Root) -> Result<Self, StoreError> {
        Self::take_within(root, LOCK_WAIT_SHORT)
    }

    fn take_within(root: &Root, wait: Duration) -> Result<Self, StoreError> {
        let folder = root.make_folder(Path::new(STATE), Mode::S_IRWXU)?;
        let mut file = folder.open_or_make(LOCK)?;
        let pauses = wait.as_millis() / LOCK_PAUSE.as_millis();
        for _ in 0..pauses {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => {
                    return Ok(Self {
                        folder,
                        _lock: lock,
                    });
                }
                Err((back, Errno::EWOULDBLOCK | Errno::EINTR)) => file = back,
                Err((_, error)) => {
                    return Err(SystemError::at("lock", folder.path())(error).into());
                }
            }
            sleep(LOCK_PAUSE);
        }
        Err(StoreError::Busy(wait))
    }

    /// The folder that is locked, for what else is kept in it.
    #[must_use]
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }
}
