//! The way from a root down to a folder, one name after the other, where the kernel must not resolve the path: it would
//! touch mounts that are left out, and follow links that other users made.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};

use crate::machine::mounts::LeftOut;
use crate::machine::opening::{LOOK, is};

/// SPEC: path_resolution(7): the kernel's own limit.
const LINKS_MAX: usize = 40;

/// A symlink that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("on the way is a symlink of user {0}, which is not followed")]
struct ForeignLink(u32);

/// Whose symlinks are followed on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Followed {
    /// Those of every user.
    All,
    /// Those of root and of that user.
    OfRootAnd(u32),
    /// Nobody's.
    None,
}

/// The rules of the way: where it starts, which mounts are not entered, whose links are followed.
#[derive(Clone, Copy)]
pub(crate) struct Descent<'a> {
    pub(crate) root: BorrowedFd<'a>,
    pub(crate) left_out: &'a LeftOut,
    pub(crate) followed: Followed,
}

/// A folder that was reached, and its path from the root without links or `..`.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) folder: OwnedFd,
    pub(crate) path: PathBuf,
}

impl Descent<'_> {
    /// Goes to a folder; none if there is none. Neither `..` nor a link leads out of the root.
    ///
    /// # Errors
    /// EREMOTE if a mount that is left out is on the way; ELOOP for too many links, or for one where none is followed; a link
    /// of another user; and the kernel's.
    pub(crate) fn folder(self, path: &Path) -> io::Result<Option<Reached>> {
        let root = Reached {
            folder: self.root.try_clone_to_owned()?,
            path: PathBuf::new(),
        };
        let mut way = vec![root];
        let mut left: VecDeque<OsString> = components(path).collect();
        let mut links = 0;
        while let Some(name) = left.pop_front() {
            if name == ".." {
                way.truncate((way.len() - 1).max(1));
                continue;
            }
            let here = way.last().expect("the root stays");
            let Some(next) = self.open(here, &name, LOOK)? else {
                return Ok(None);
            };
            let stat = fstat(&next)?;
            if is(&stat, SFlag::S_IFDIR) {
                let path = here.path.join(name);
                way.push(Reached { folder: next, path });
                continue;
            }
            if !is(&stat, SFlag::S_IFLNK) {
                return Ok(None);
            }
            links += 1;
            if links > LINKS_MAX {
                return Err(Errno::ELOOP.into());
            }
            let target = self.follow(&next, &stat)?;
            if target.has_root() {
                way.truncate(1);
            }
            for name in components(&target).collect::<Vec<_>>().into_iter().rev() {
                left.push_front(name);
            }
        }
        Ok(way.pop())
    }

    /// Opens the file of that name in a folder, without following it; none if nothing is there.
    ///
    /// # Errors
    /// EREMOTE if it is a mount that is left out, which is not touched.
    pub(crate) fn open(
        self,
        folder: &Reached,
        name: &OsStr,
        flags: OFlag,
    ) -> io::Result<Option<OwnedFd>> {
        if !self.left_out.is_empty() && self.left_out.is_at(&folder.path.join(name)) {
            return Err(Errno::EREMOTE.into());
        }
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        match openat(&folder.folder, name, flags, Mode::empty()) {
            Ok(file) => Ok(Some(file)),
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENXIO) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a path as [`Self::open`] does; if `followed`, links as its last component are followed too.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub(crate) fn last(
        self,
        path: &Path,
        flags: OFlag,
        followed: bool,
    ) -> io::Result<Option<OwnedFd>> {
        let mut path = path.to_owned();
        for _ in 0..=LINKS_MAX {
            let Some(name) = path.file_name() else {
                let Some(reached) = self.folder(&path)? else {
                    return Ok(None);
                };
                let flags = flags | OFlag::O_CLOEXEC;
                return Ok(Some(openat(&reached.folder, ".", flags, Mode::empty())?));
            };
            let Some(folder) = self.folder(path.parent().unwrap_or(Path::new("")))? else {
                return Ok(None);
            };
            let Some(place) = self.open(&folder, name, LOOK)? else {
                return Ok(None);
            };
            let stat = fstat(&place)?;
            if !followed || !is(&stat, SFlag::S_IFLNK) {
                return self.open(&folder, name, flags);
            }
            path = folder.path.join(self.follow(&place, &stat)?);
        }
        Err(Errno::ELOOP.into())
    }

    /// The target of a link. SECURITY: of root's alone, where others are not to be followed. A user who may write to a
    /// folder can move a link of root's there, but it still leads only where root made it lead.
    fn follow(self, link: &OwnedFd, stat: &FileStat) -> io::Result<PathBuf> {
        match self.followed {
            Followed::None => Err(Errno::ELOOP.into()),
            Followed::OfRootAnd(owner) if stat.st_uid != 0 && stat.st_uid != owner => {
                Err(io::Error::other(ForeignLink(stat.st_uid)))
            }
            Followed::All | Followed::OfRootAnd(_) => Ok(readlinkat(link.as_fd(), "")?.into()),
        }
    }
}

/// The names on the way, `..` among them.
fn components(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsStr::from_bytes(b"..").to_owned()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}
