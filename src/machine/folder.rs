//! A folder held open: its names, and files in it that are replaced whole.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstatat};
use nix::unistd::{UnlinkatFlags, fsync, linkat, unlinkat};

use crate::machine::error::SystemError;
use crate::machine::opening::{LOOK, READ, is, open_regular};

/// The end of the name of a file that is still being written.
pub const UNFINISHED: &str = ".new";

/// A folder beneath a [`Root`](crate::machine::root::Root), held open.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    /// For messages.
    path: PathBuf,
}

impl Folder {
    /// A folder that was opened; the path is for messages.
    #[must_use]
    pub const fn new(fd: OwnedFd, path: PathBuf) -> Self {
        Self { fd, path }
    }

    /// As people outside the root name it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names in it, in no order, without `.` and `..`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn names(&self) -> Result<Vec<Vec<u8>>, SystemError> {
        let error = || SystemError::at("list", &self.path);
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut listing = Dir::openat(&self.fd, ".", flags, Mode::empty()).map_err(error())?;
        let mut names = Vec::new();
        for entry in listing.iter() {
            let name = entry.map_err(error())?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Opens a regular file in it to read; none if there is none.
    ///
    /// # Errors
    /// If it is there and cannot be opened.
    pub fn open_file(&self, name: &str) -> Result<Option<File>, SystemError> {
        let open = |flags| openat(&self.fd, name, flags | OFlag::O_NOFOLLOW, Mode::empty());
        let opened = match open(LOOK) {
            Ok(place) => open_regular(&place, || Ok(open(READ)?)),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error.into()),
        };
        let opened = opened.map_err(self.error("open", name))?;
        Ok(opened.map(|(file, _)| file))
    }

    /// Opens a file to read and write, and makes it if it is not there, for its owner alone.
    ///
    /// # Errors
    /// If it cannot be opened or made, or something else than a regular file is there.
    pub fn open_or_make(&self, name: &str) -> Result<File, SystemError> {
        self.ensure_no_special(name)?;
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW;
        let file = openat(&self.fd, name, flags, Mode::S_IRUSR | Mode::S_IWUSR);
        Ok(File::from(file.map_err(self.error("open", name))?))
    }

    /// SECURITY: a device or a pipe is not to be opened, and in a root that others made there may be one.
    fn ensure_no_special(&self, name: &str) -> Result<(), SystemError> {
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) if is(&stat, SFlag::S_IFREG) => Ok(()),
            Ok(_) => Err(self.error("open", name)(io::Error::other(
                "no regular file",
            ))),
            Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(self.error("open", name)(error)),
        }
    }

    /// Replaces a file whole: afterwards it has the new content and will have it after a power cut, or is as it was. It
    /// is written beside its place and synced, then renamed, then the folder is synced. Only its owner may use it.
    ///
    /// # Errors
    /// If it cannot be written; what was written beside it is removed. If only the last step failed, the new
    /// content is there, though perhaps not after a power cut.
    pub fn replace(&self, name: &str, content: &[u8]) -> Result<(), SystemError> {
        self.replace_as(name, content, Mode::S_IRUSR | Mode::S_IWUSR)
    }

    /// [`Self::replace`] with other permissions.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub fn replace_as(&self, name: &str, content: &[u8], mode: Mode) -> Result<(), SystemError> {
        let beside = format!("{name}{UNFINISHED}");
        let written = self.write_beside(&beside, content, mode);
        let synced = written.and_then(|file| file.sync_data());
        let renamed =
            synced.and_then(|()| Ok(renameat(&self.fd, beside.as_str(), &self.fd, name)?));
        renamed.map_err(|error| {
            if let Err(left) = self.remove(&beside) {
                log::warn!("{left}");
            }
            self.error("write", name)(error)
        })?;
        self.sync()
    }

    /// Afterwards a power cut does not undo renames in the folder.
    pub(super) fn sync(&self) -> Result<(), SystemError> {
        match fsync(&self.fd) {
            // SPEC: fsync(2): EINVAL from a filesystem that has nothing to sync for a folder.
            Ok(()) | Err(Errno::EINVAL) => Ok(()),
            Err(error) => Err(SystemError::at("sync", &self.path)(error)),
        }
    }

    /// Not yet synced.
    pub(super) fn write_beside(&self, name: &str, content: &[u8], mode: Mode) -> io::Result<File> {
        // What an earlier run left under that name, be it a pipe or a device.
        match unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        let file = openat(&self.fd, name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        // The umask does not count.
        fchmod(&file, mode)?;
        let mut file = File::from(file);
        file.write_all(content)?;
        Ok(file)
    }

    /// What is of that name in it, without following a link; none if nothing is.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn status(&self, name: &str) -> Result<Option<FileStat>, SystemError> {
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(status)),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(self.error("stat", name)(error)),
        }
    }

    /// Gives a file of it a second name, in another folder of the same filesystem, where it takes the place of what had
    /// that name.
    ///
    /// # Errors
    /// If that cannot be done; what had the name stays.
    pub fn link(&self, name: &str, other: &Self, as_name: &str) -> Result<(), SystemError> {
        let beside = format!("{as_name}{UNFINISHED}");
        other.remove(&beside)?;
        let linked = linkat(&self.fd, name, &other.fd, beside.as_str(), AtFlags::empty());
        let renamed =
            linked.and_then(|()| renameat(&other.fd, beside.as_str(), &other.fd, as_name));
        renamed.map_err(other.error("link", as_name))
    }

    /// Removes a file. It is no error if it is not there.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), SystemError> {
        match unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(self.error("remove", name)(error)),
        }
    }

    /// For `map_err`: the operation failed on that name.
    pub(super) fn error<E: Into<io::Error>>(
        &self,
        operation: &'static str,
        name: &str,
    ) -> impl FnOnce(E) -> SystemError + use<E> {
        let path = self.path.join(name);
        move |source| SystemError::at(operation, &path)(source)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests;
