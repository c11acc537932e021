//! dpkg's own lock, held while its database is changed.

use std::fs::File;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{F_WRLCK, SEEK_SET, flock};

use super::database::ADMIN;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The lock's name in dpkg's folder.
const LOCK: &str = "lock";

/// The right to change dpkg's database. Given back when dropped; meanwhile dpkg does not start, and apt waits.
#[derive(Debug)]
pub struct DatabaseLock {
    _file: File,
}

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock file could not be opened, or not be locked.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Another process, dpkg or apt, holds it.
    #[error("dpkg is running: wait until it ends, and run this again")]
    Busy,
}

impl DatabaseLock {
    /// Takes the lock without waiting; none where there is no dpkg.
    ///
    /// SPEC: `modstatdb_lock()` and `file_lock()`: an advisory write lock (fcntl) on the whole file.
    ///
    /// # Errors
    /// If another process has it, or the file cannot be opened.
    pub fn take(root: &Root) -> Result<Option<Self>, LockError> {
        let Some(folder) = root.open_folder(Path::new(ADMIN))? else {
            return Ok(None);
        };
        let file = folder.open_or_make(LOCK)?;
        let whole = flock {
            l_type: F_WRLCK as _,
            l_whence: SEEK_SET as _,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        match fcntl(&file, FcntlArg::F_SETLK(&whole)) {
            Ok(_) => Ok(Some(Self { _file: file })),
            Err(Errno::EAGAIN | Errno::EACCES) => Err(LockError::Busy),
            Err(error) => Err(SystemError::at("lock", &folder.path().join(LOCK))(error).into()),
        }
    }
}
