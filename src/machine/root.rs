//! A root directory that nothing leaves: `/` on a running machine, elsewhere for a mounted one.
//!
//! The kernel resolves every path beneath the directory, as after chroot(2), so that symlinks
//! of merged /usr lead where they would lead there. The last component is not followed, but where a function says so.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{Mode, fstat, major, minor, mkdirat};

use crate::machine::descent::{Descent, Followed};
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::mounts::{LeftOut, MOUNTINFO};
use crate::machine::opening::{LOOK, READ, open_regular, path_of};

/// A root directory, held open.
#[derive(Debug)]
pub struct Root {
    folder: OwnedFd,
    path: PathBuf,
    left_out: LeftOut,
}

impl Root {
    /// Opens the directory.
    ///
    /// # Errors
    /// If it is none, or may not be read.
    pub fn open(path: &Path) -> Result<Self, SystemError> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = nix::fcntl::open(path, flags, Mode::empty())
            .map_err(SystemError::at("open the root", path))?;
        Ok(Self {
            left_out: left_out(&folder).unwrap_or_default(),
            path: path.to_owned(),
            folder,
        })
    }

    /// The mounts beneath it that are left out: to open a path in one of them is an error (EREMOTE).
    #[must_use]
    pub const fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// The way down past these mounts; links of any owner are followed.
    pub(crate) fn descent(&self) -> Descent<'_> {
        Descent {
            root: self.folder.as_fd(),
            left_out: &self.left_out,
            followed: Followed::All,
        }
    }

    /// The same, and no link is followed.
    fn descent_by_folders(&self) -> Descent<'_> {
        Descent {
            followed: Followed::None,
            ..self.descent()
        }
    }

    /// Whether it is the root of the system that runs.
    #[must_use]
    pub fn is_running_system(&self) -> bool {
        self.path == Path::new("/")
    }

    /// The path as people outside the root would name it.
    #[must_use]
    pub fn display(&self, path: &Path) -> PathBuf {
        self.path.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// None if nothing is there, or if a symlink is there and `followed` is false.
    fn openat(&self, path: &Path, flags: OFlag, followed: bool) -> io::Result<Option<OwnedFd>> {
        let nofollow = if followed {
            OFlag::empty()
        } else {
            OFlag::O_NOFOLLOW
        };
        match self.openat2(path, flags | nofollow, ResolveFlag::RESOLVE_NO_MAGICLINKS) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ENXIO) => Ok(None),
            Err(Errno::ELOOP) if !flags.contains(OFlag::O_DIRECTORY) => Ok(None),
            Err(Errno::EXDEV) => self.descent().last(path, flags, followed),
            Err(error) => Err(error.into()),
        }
    }

    /// EXDEV if a mount is on the way and some are left out.
    fn openat2(&self, path: &Path, flags: OFlag, links: ResolveFlag) -> Result<OwnedFd, Errno> {
        let mut resolve = ResolveFlag::RESOLVE_IN_ROOT | links;
        if !self.left_out.is_empty() {
            // The kernel refuses before it touches anything of the other filesystem; then we go down by ourselves.
            resolve |= ResolveFlag::RESOLVE_NO_XDEV;
        }
        let relative = path.strip_prefix("/").unwrap_or(path);
        let itself = relative.as_os_str().is_empty();
        let relative = if itself { Path::new(".") } else { relative };
        // SECURITY: neither a symlink nor ".." leads out of the root, and no /proc link either.
        let how = OpenHow::new()
            .flags(flags | OFlag::O_CLOEXEC)
            .resolve(resolve);
        loop {
            // SPEC: openat2(2): EAGAIN if a rename raced with "..".
            match openat2(&self.folder, relative, how) {
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                result => return result,
            }
        }
    }

    /// Opens a regular file to read; none if nothing is there, or no regular file.
    ///
    /// # Errors
    /// If it is there and cannot be opened.
    pub fn open_file(&self, path: &Path) -> Result<Option<File>, SystemError> {
        self.regular(path, false)
    }

    /// [`Self::open_file`], but a symlink as the last component is followed too, beneath the root: for programs
    /// that are called by a link. Not for labelling or writing.
    ///
    /// # Errors
    /// As [`Self::open_file`].
    pub fn open_file_followed(&self, path: &Path) -> Result<Option<File>, SystemError> {
        self.regular(path, true)
    }

    fn regular(&self, path: &Path, followed: bool) -> Result<Option<File>, SystemError> {
        let look = || {
            let Some(place) = self.openat(path, LOOK, followed)? else {
                return Ok(None);
            };
            open_regular(&place, || {
                let again = self.openat(path, READ, followed)?;
                again.ok_or_else(|| Errno::ENOENT.into())
            })
        };
        let opened = look().map_err(self.error("open", path))?;
        Ok(opened.map(|(file, _)| file))
    }

    /// The properties of what is at that path, links followed beneath the root; none if nothing is there. Nothing is opened.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn metadata_followed(&self, path: &Path) -> Result<Option<Metadata>, SystemError> {
        let place = self.openat(path, LOOK, true);
        let place = place.map_err(self.error("examine", path))?;
        let metadata = place.map(|place| File::from(place).metadata()).transpose();
        metadata.map_err(self.error("examine", path))
    }

    /// Reads a whole small file; none if there is no regular file.
    ///
    /// # Errors
    /// If it cannot be read, or is over `limit` bytes.
    pub fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, SystemError> {
        self.read_opened(self.open_file(path)?, path, limit)
    }

    /// [`Self::read`], but a symlink as the last component is followed too, beneath the root.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_followed(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, SystemError> {
        self.read_opened(self.open_file_followed(path)?, path, limit)
    }

    fn read_opened(
        &self,
        file: Option<File>,
        path: &Path,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, SystemError> {
        let Some(file) = file else {
            return Ok(None);
        };
        let mut content = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut content)
            .map_err(self.error("read", path))?;
        if content.len() as u64 > limit {
            let error = io::Error::from(ErrorKind::FileTooLarge);
            return Err(self.error("read", path)(error));
        }
        Ok(Some(content))
    }

    /// Opens a folder; none if there is no folder.
    ///
    /// # Errors
    /// If it is there and cannot be opened.
    pub fn open_folder(&self, path: &Path) -> Result<Option<Folder>, SystemError> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        let opened = self.openat(path, flags, false);
        let opened = opened.map_err(self.error("open", path))?;
        Ok(opened.map(|folder| Folder::new(folder, self.display(path))))
    }

    /// Opens a folder that a walk has met; none if there is none any more.
    ///
    /// SECURITY: a walk follows no symlink, and users may put one in the place of a folder that was met. So none is followed
    /// anywhere on the way.
    ///
    /// # Errors
    /// As [`Self::open_folder`].
    pub fn open_walked_folder(&self, path: &Path) -> Result<Option<Folder>, SystemError> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        let opened = match self.openat2(path, flags, ResolveFlag::RESOLVE_NO_SYMLINKS) {
            Err(Errno::EXDEV) => self.descent_by_folders().last(path, flags, false),
            opened => opened.map(Some).map_err(Into::into),
        };
        let opened = match opened {
            Err(error) if is_no_folder(&error) => Ok(None),
            opened => opened.map_err(self.error("open", path)),
        };
        Ok(opened?.map(|folder| Folder::new(folder, self.display(path))))
    }

    /// Opens a folder, which is made with that mode if it is not there; its parent must be.
    ///
    /// # Errors
    /// If it cannot be made or opened.
    pub fn make_folder(&self, path: &Path, mode: Mode) -> Result<Folder, SystemError> {
        if let Some(folder) = self.open_folder(path)? {
            return Ok(folder);
        }
        let parent = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default();
        let missing = || self.error("open", parent)(io::Error::from(ErrorKind::NotFound));
        let folder = self.open_folder(parent)?.ok_or_else(missing)?;
        match mkdirat(&folder, name, mode) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(error) => return Err(self.error("make", path)(error)),
        }
        let gone = || self.error("open", path)(io::Error::from(ErrorKind::NotFound));
        self.open_folder(path)?.ok_or_else(gone)
    }

    /// For `map_err`: the operation failed on that path beneath the root.
    fn error<E: Into<io::Error>>(
        &self,
        operation: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> SystemError {
        let path = self.display(path);
        move |source| SystemError::at(operation, &path)(source)
    }
}

/// Whether nothing is there, something else, or a link on the way.
fn is_no_folder(error: &io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw);
    matches!(number, Some(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP))
}

/// None where /proc is not mounted: then nothing is known to be left out.
fn left_out(folder: &OwnedFd) -> Option<LeftOut> {
    let path = path_of(folder.as_fd()).ok()?;
    let device = fstat(folder).ok()?.st_dev;
    let device = format!("{}:{}", major(device), minor(device));
    let mountinfo = fs::read(MOUNTINFO).ok()?;
    Some(LeftOut::beneath(&path, &device, &mountinfo))
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

#[cfg(test)]
mod tests;
