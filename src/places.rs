//! Opens files by path where others may swap a folder for a link meanwhile.
//!
//! [`Root`] lets the kernel resolve a path, and the kernel follows any link. Whoever owns a folder of a
//! package (a service's user, say) could then lead us to a file that is not the package's. So here every
//! folder is opened by itself, and a link is followed only if root made it.

use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};

use crate::root::Root;
use crate::system::SystemError;

/// How many folders are kept open, so that the files of one package cost no way from the root.
const OPEN_MAX: usize = 16;
/// SPEC: path_resolution(7): the kernel's own limit.
const LINKS_MAX: usize = 40;

/// Opens files beneath a root, each time by folders that only root can exchange.
#[derive(Debug)]
pub struct Places<'a> {
    root: &'a Root,
    /// Who may make links besides root: the owner of the root folder, in a system whose users are shifted.
    owner: u32,
    /// None for a folder that is not there.
    folders: HashMap<PathBuf, Option<Rc<OwnedFd>>>,
}

/// A link that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("on the way is a symlink of user {0}, which is not followed")]
struct ForeignLink(u32);

impl<'a> Places<'a> {
    /// Beneath that root.
    ///
    /// # Errors
    /// If it cannot be looked at.
    pub fn new(root: &'a Root) -> Result<Self, SystemError> {
        let examined =
            fstat(root).map_err(SystemError::at("examine", &root.display(Path::new(""))));
        Ok(Self {
            root,
            owner: examined?.st_uid,
            folders: HashMap::new(),
        })
    }

    /// Opens a regular file to read; none if nothing is there, or something that is no regular file.
    ///
    /// # Errors
    /// If it is there and cannot be opened, or can be reached only by a link of somebody else's.
    pub fn open_file(&mut self, path: &Path) -> Result<Option<(File, FileStat)>, SystemError> {
        self.open(path)
            .map_err(SystemError::at("open", &self.root.display(path)))
    }

    fn open(&mut self, path: &Path) -> io::Result<Option<(File, FileStat)>> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let (Some(name), Some(folder)) = (path.file_name(), self.folder(parent)?) else {
            return Ok(None);
        };
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let Some(file) = open_beneath(folder.as_fd(), name, flags)? else {
            return Ok(None);
        };
        let stat = fstat(&file)?;
        Ok(is(&stat, SFlag::S_IFREG).then(|| (File::from(file), stat)))
    }

    fn folder(&mut self, path: &Path) -> io::Result<Option<Rc<OwnedFd>>> {
        if let Some(folder) = self.folders.get(path) {
            return Ok(folder.clone());
        }
        let folder = self.resolve(path)?.map(Rc::new);
        if self.folders.len() == OPEN_MAX {
            self.folders.clear();
        }
        self.folders.insert(path.to_owned(), folder.clone());
        Ok(folder)
    }

    /// Walks down from the root, link by link.
    fn resolve(&self, path: &Path) -> io::Result<Option<OwnedFd>> {
        let mut way = vec![self.root.as_fd().try_clone_to_owned()?];
        let mut left: VecDeque<OsString> = components(path).collect();
        let mut links = 0;
        while let Some(name) = left.pop_front() {
            if name == ".." {
                way.truncate((way.len() - 1).max(1));
                continue;
            }
            let here = way.last().expect("the root stays").as_fd();
            let Some(next) = open_beneath(here, &name, OFlag::O_PATH)? else {
                return Ok(None);
            };
            let stat = fstat(&next)?;
            if is(&stat, SFlag::S_IFDIR) {
                way.push(next);
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

    /// SECURITY: only root's links. Whoever may write to a folder can move one there from elsewhere, but it
    /// still leads only where root made it lead.
    fn follow(&self, link: &OwnedFd, stat: &FileStat) -> io::Result<PathBuf> {
        if stat.st_uid != 0 && stat.st_uid != self.owner {
            return Err(io::Error::other(ForeignLink(stat.st_uid)));
        }
        Ok(readlinkat(link, "")?.into())
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

/// None if nothing of that name is there, or only a link.
fn open_beneath(folder: BorrowedFd<'_>, name: &OsStr, flags: OFlag) -> io::Result<Option<OwnedFd>> {
    let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    match openat(folder, name, flags, Mode::empty()) {
        Ok(file) => Ok(Some(file)),
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is(stat: &FileStat, kind: SFlag) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == kind
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{lchown, symlink};

    fn sample() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/lib/deep")).unwrap();
        fs::write(folder.path().join("usr/lib/x"), "x").unwrap();
        symlink("usr/lib", folder.path().join("lib")).unwrap();
        symlink("/usr/../../usr", folder.path().join("absolute")).unwrap();
        symlink("../..", folder.path().join("usr/lib/up")).unwrap();
        symlink("x", folder.path().join("usr/lib/link")).unwrap();
        symlink("loop", folder.path().join("loop")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        (folder, root)
    }

    fn is_there(root: &Root, path: &str) -> bool {
        let opened = Places::new(root).unwrap().open_file(Path::new(path));
        opened.unwrap().is_some()
    }

    #[test]
    fn links_of_roots_lead_on_and_stay_beneath_the_root() {
        let (_folder, root) = sample();
        for path in [
            "usr/lib/x",
            "/usr/lib/x",
            "lib/x",
            "absolute/lib/x",
            "lib/deep/../x",
            "lib/up/lib/x",
            "../../lib/x",
        ] {
            assert!(is_there(&root, path), "{path}");
        }
        for path in ["", "/", "lib", "lib/link", "lib/y", "lib/x/y", "no/x"] {
            assert!(!is_there(&root, path), "{path}");
        }
        let looped = Places::new(&root).unwrap().open_file(Path::new("loop/x"));
        assert!(looped.is_err());
    }

    #[test]
    fn a_link_of_somebody_elses_is_not_followed() {
        let (folder, root) = sample();
        lchown(folder.path().join("lib"), Some(1234), None).unwrap();
        let mut places = Places::new(&root).unwrap();
        let error = places.open_file(Path::new("lib/x")).unwrap_err();
        assert!(error.to_string().contains("user 1234"), "{error}");
        assert!(is_there(&root, "usr/lib/x"));
    }

    #[test]
    fn few_folders_stay_open() {
        let (folder, root) = sample();
        let mut places = Places::new(&root).unwrap();
        for number in 0..3 * OPEN_MAX {
            let name = format!("d{number}");
            fs::create_dir(folder.path().join(&name)).unwrap();
            fs::write(folder.path().join(&name).join("x"), "x").unwrap();
            let opened = places.open_file(&Path::new(&name).join("x")).unwrap();
            assert!(opened.is_some());
        }
        assert!(places.folders.len() <= OPEN_MAX);
    }
}
