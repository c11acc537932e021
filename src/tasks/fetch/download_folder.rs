//! A folder for one call of apt's downloader.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::unistd::{Uid, chown, mkdtemp};

use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::tasks::apt::sandbox_user;

/// Where root makes it: in memory, and gone after a reboot.
const RUN: &str = "/run";

/// An empty folder, removed with all that is in it when dropped.
#[derive(Debug)]
pub(super) struct DownloadFolder {
    folder: Folder,
}

impl DownloadFolder {
    /// Where root runs this, the folder is of apt's user without rights, so that apt gives up its own to fill it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn make() -> Result<Self, SystemError> {
        let root = Uid::effective().is_root();
        let parent = if root { RUN.into() } else { env::temp_dir() };
        let template = parent.join("dpkg-ima-fetch.XXXXXX");
        let path = mkdtemp(&template).map_err(SystemError::at("make", &template))?;
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW;
        let opened = open(&path, flags, Mode::empty()).map_err(SystemError::at("open", &path));
        let folder = Self {
            folder: Folder::new(opened?, path),
        };
        if let Some((user, group)) = sandbox_user() {
            chown(folder.path(), Some(user), Some(group))
                .map_err(SystemError::at("change the owner of", folder.path()))?;
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens what was downloaded under that name. SECURITY: apt's user may have put anything there.
    ///
    /// # Errors
    /// If it is there and cannot be opened.
    pub(super) fn open_file(&self, name: &str) -> Result<Option<File>, SystemError> {
        self.folder.open_file(name)
    }

    /// A new file for the downloader's messages, to write and read back.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn messages(&self) -> io::Result<File> {
        let path = self.path().join("messages");
        let mut options = File::options();
        options.read(true).write(true).create_new(true).open(path)
    }

    /// How many bytes are in it.
    pub(super) fn size(&self) -> u64 {
        let entries = fs::read_dir(self.path()).into_iter().flatten();
        let sizes = entries.map(|entry| entry.and_then(|entry| entry.metadata()));
        sizes.flatten().map(|metadata| metadata.len()).sum()
    }
}

impl Drop for DownloadFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(self.path()) {
            log::warn!("{}", SystemError::at("remove", self.path())(error));
        }
    }
}
