//! The lock of the store: flock(2) on a file beside the segments.

use std::fs::File;
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

const LOCK: &str = "lock";
/// How long to wait for another sweep to end.
const LOCK_WAIT: Duration = Duration::from_secs(20);
/// How long a guard waits that starts: dpkg waits for it meanwhile, and it can do without the lock.
const LOCK_WAIT_SHORT: Duration = Duration::from_secs(2);
/// How long to wait between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why the store could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state folder or a file in it could not be used.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Another process held the lock all the time that we waited.
    #[error("another dpkg-ima-helper has been changing the store for {} seconds", .0.as_secs())]
    Busy(Duration),
}

/// The right to change the state folder. Given back when it is dropped, or the process ends.
#[derive(Debug)]
pub struct Lock {
    folder: Folder,
    _lock: Flock<File>,
}

impl Lock {
    /// Makes the state folder if it is not there, and waits 20 seconds at most for the lock.
    ///
    /// # Errors
    /// If the folder cannot be made, or another process does not let go of it.
    pub fn take(root: &Root) -> Result<Self, StoreError> {
        Self::take_within(root, LOCK_WAIT)
    }

    /// [`Self::take`], but waits two seconds at most.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_soon(root: &Root) -> Result<Self, StoreError> {
        Self::take_within(root, LOCK_WAIT_SHORT)
    }

    fn take_within(root: &Root, wait: Duration) -> Result<Self, StoreError> {
        let folder = root.make_folder(Path::new(STATE), Mode::S_IRWXU)?;
        let mut file = folder.open_or_make(LOCK)?;
        for _ in 0..wait.as_millis() / LOCK_PAUSE.as_millis() {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(_lock) => return Ok(Self { folder, _lock }),
                Err((back, Errno::EWOULDBLOCK | Errno::EINTR)) => file = back,
                Err((_, error)) => {
                    return Err(SystemError::at("lock", folder.path())(error).into());
                }
            }
            sleep(LOCK_PAUSE);
        }
        Err(StoreError::Busy(wait))
    }

    /// The state folder.
    #[must_use]
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }
}
