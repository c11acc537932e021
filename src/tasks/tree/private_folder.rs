//! What makers of lists and packages need for themselves in the folder that they write to.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use tempfile::NamedTempFile;

use crate::contents::PRIVATE_FOLDER;
use crate::machine::error::SystemError;

/// In it, held by flock(2) as long as somebody writes.
const LOCK: &str = "lock";
/// In it, how the names of files begin that are not finished.
const UNFINISHED: &str = "unfinished.";

/// The folder `.dpkg-ima` of an output folder, which is no part of what that offers. Several processes may have it open at a time.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    /// Shared. Whoever gets it for itself alone knows that what is unfinished is nobody's.
    _lock: Flock<File>,
}

impl PrivateFolder {
    /// Where it is, or would be.
    #[must_use]
    pub fn of(folder: &Path) -> PathBuf {
        folder.join(PRIVATE_FOLDER)
    }

    /// Makes it in a folder that exists, or opens it. What a process left there that was killed is removed.
    ///
    /// # Errors
    /// If the folder is missing, or cannot be written to.
    pub fn open(folder: &Path) -> Result<Self, SystemError> {
        let path = Self::of(folder);
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(SystemError::at("make", &path)(error));
            }
            _ => {}
        }
        let lock = lock(&path).map_err(SystemError::at("lock", &path))?;
        Ok(Self { path, _lock: lock })
    }

    /// A file of the makers' own.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Begins a file that will be renamed to its place, with that mode as far as the umask lets it.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn unfinished(&self, mode: u32) -> Result<NamedTempFile, SystemError> {
        unfinished_in(&self.path, mode)
    }

    /// Whether a file can be renamed from here into that folder: not if that is, by a mount or a symlink, on another
    /// filesystem.
    #[must_use]
    pub fn is_beside(&self, folder: &Path) -> bool {
        let device = |path: &Path| fs::metadata(path).map(|there| there.dev());
        matches!((device(&self.path), device(folder)), (Ok(here), Ok(there)) if here == there)
    }
}

/// Begins a file in a private folder that is open: what [`PrivateFolder::unfinished`] does.
///
/// # Errors
/// If the folder cannot be written to.
pub fn unfinished_in(private: &Path, mode: u32) -> Result<NamedTempFile, SystemError> {
    tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(private)
        .map_err(SystemError::at("write in", private))
}

/// Locks the folder with others; where there are none, removes first what is unfinished.
fn lock(private: &Path) -> io::Result<Flock<File>> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(private.join(LOCK))?;
    let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(alone) => {
            remove_unfinished(private)?;
            alone.relock(FlockArg::LockShared)?;
            return Ok(alone);
        }
        Err((file, _)) => file,
    };
    Flock::lock(file, FlockArg::LockShared).map_err(|(_, error)| error.into())
}

fn remove_unfinished(private: &Path) -> io::Result<()> {
    for entry in fs::read_dir(private)? {
        let entry = entry?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED.as_bytes())
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
