//! Opens regular files, and touches nothing else.
//!
//! SECURITY: to open a device has effects (a watchdog's starts a count-down that ends in a reboot), and to open a pipe
//! may wait for ever. So a path is opened as a place first (O_PATH), examined, and only then opened to read.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};

/// How a regular file is opened. If a pipe or a terminal is there by now, it is neither waited for, nor becomes our
/// controlling terminal.
pub(crate) const READ: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_NONBLOCK)
    .union(OFlag::O_NOCTTY)
    .union(OFlag::O_CLOEXEC);

/// How a place is opened to examine it.
pub(crate) const LOOK: OFlag = OFlag::O_PATH.union(OFlag::O_CLOEXEC);

/// Whether that is the status of a file of that kind.
pub(crate) fn is(stat: &FileStat, kind: SFlag) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == kind
}

/// Opens a place to read, with its status; none if no regular file is there. `again` opens the same place by its path,
/// for systems whose /proc is not mounted; if it finds another file by then, that is none too.
pub(crate) fn open_regular(
    place: impl AsFd,
    again: impl FnOnce() -> io::Result<OwnedFd>,
) -> io::Result<Option<(File, FileStat)>> {
    let place = place.as_fd();
    let examined = fstat(place)?;
    if !is(&examined, SFlag::S_IFREG) {
        return Ok(None);
    }
    let file = match open(&link_of(place), READ, Mode::empty()) {
        Err(Errno::ENOENT | Errno::ENOTDIR) => again()?,
        opened => opened?,
    };
    let stat = fstat(&file)?;
    let same = (stat.st_dev, stat.st_ino) == (examined.st_dev, examined.st_ino);
    Ok(same.then(|| (File::from(file), stat)))
}

/// The link in /proc to an open file or folder.
fn link_of(descriptor: BorrowedFd<'_>) -> PathBuf {
    format!("/proc/self/fd/{}", descriptor.as_raw_fd()).into()
}

/// The path of an open file or folder at this moment: a hint, since anybody may rename it. Reading a link in /proc
/// opens no file, and so makes no fanotify event.
///
/// # Errors
/// If /proc is not mounted.
pub(crate) fn path_of(descriptor: BorrowedFd<'_>) -> io::Result<PathBuf> {
    fs::read_link(link_of(descriptor))
}

/// Opens a file to read that a user named; symlinks are followed.
///
/// # Errors
/// If nothing is there, or no regular file, or it cannot be opened.
pub(crate) fn open_named(path: &Path) -> io::Result<File> {
    let place = open(path, LOOK, Mode::empty())?;
    let opened = open_regular(&place, || Ok(open(path, READ, Mode::empty())?))?;
    let (file, _) = opened.ok_or_else(|| io::Error::other("no regular file"))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (file, pipe) = (folder.path().join("file"), folder.path().join("pipe"));
        std::fs::write(&file, "x").unwrap();
        nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        assert!(open_named(&file).is_ok());
        for other in [&*pipe, folder.path(), Path::new("/dev/null")] {
            let error = open_named(other).unwrap_err();
            assert_eq!(error.to_string(), "no regular file");
        }
    }

    #[test]
    fn what_was_exchanged_meanwhile_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        std::fs::write(&one, "x").unwrap();
        std::fs::write(&other, "y").unwrap();
        let place = open(&one, LOOK, Mode::empty()).unwrap();
        std::fs::rename(&other, &one).unwrap();
        let again = || Ok(open(&one, READ, Mode::empty())?);
        let (mut file, _) = open_regular(&place, again).unwrap().unwrap();
        // By its descriptor it is the one that was examined.
        assert_eq!(std::io::read_to_string(&mut file).unwrap(), "x");
    }
}
