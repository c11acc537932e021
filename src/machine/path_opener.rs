//! Opens files by path where users may swap a folder for a link meanwhile.
//!
//! [`Root`] lets the kernel resolve a path, and the kernel follows any link. A user who owns a folder of a
//! package (a service's user, say) could then lead us to a file that is not the package's. So here every
//! folder is opened by itself, and a link is followed only if root made it.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix::errno::Errno;
use nix::sys::stat::{FileStat, fstat};

use crate::machine::descent::{Descent, Followed, Reached};
use crate::machine::error::SystemError;
use crate::machine::opening::{LOOK, READ, open_regular};
use crate::machine::root::Root;

/// Most folders that are kept open, so that the next files of a package need no way down from the root.
const OPEN_MAX: usize = 16;

/// Opens files beneath a root, by folders that only root can replace by links.
#[derive(Debug)]
pub struct PathOpener<'a> {
    root: &'a Root,
    /// A user whose links are followed besides root's: the owner of the root folder, which is root where user ids are
    /// shifted.
    owner: u32,
    /// None for a folder that is not there.
    folders: HashMap<PathBuf, Option<Rc<Reached>>>,
}

impl<'a> PathOpener<'a> {
    /// An opener beneath that root.
    ///
    /// # Errors
    /// If the root folder cannot be examined.
    pub fn new(root: &'a Root) -> Result<Self, SystemError> {
        let examined =
            fstat(root).map_err(SystemError::at("examine", &root.display(Path::new(""))));
        Ok(Self {
            root,
            owner: examined?.st_uid,
            folders: HashMap::new(),
        })
    }

    /// Opens a regular file to read; none if nothing is there, or no regular file. The last component is not followed.
    ///
    /// # Errors
    /// If it is there and cannot be opened, or a symlink of another user is on the way.
    pub fn open_file(&mut self, path: &Path) -> Result<Option<(File, FileStat)>, SystemError> {
        self.open(path)
            .map_err(SystemError::at("open", &self.root.display(path)))
    }

    fn open(&mut self, path: &Path) -> io::Result<Option<(File, FileStat)>> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let descent = self.descent();
        let (Some(name), Some(folder)) = (path.file_name(), self.folder(parent)?) else {
            return Ok(None);
        };
        let Some(place) = descent.open(&folder, name, LOOK)? else {
            return Ok(None);
        };
        open_regular(&place, || {
            let again = descent.open(&folder, name, READ)?;
            again.ok_or_else(|| Errno::ENOENT.into())
        })
    }

    /// SECURITY: only root's links are followed.
    fn descent(&self) -> Descent<'a> {
        Descent {
            followed: Followed::OfRootAnd(self.owner),
            ..self.root.descent()
        }
    }

    fn folder(&mut self, path: &Path) -> io::Result<Option<Rc<Reached>>> {
        if let Some(folder) = self.folders.get(path) {
            return Ok(folder.clone());
        }
        let folder = self.descent().folder(path)?.map(Rc::new);
        if self.folders.len() == OPEN_MAX {
            self.folders.clear();
        }
        self.folders.insert(path.to_owned(), folder.clone());
        Ok(folder)
    }
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
        let opened = PathOpener::new(root).unwrap().open_file(Path::new(path));
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
        let looped = PathOpener::new(&root)
            .unwrap()
            .open_file(Path::new("loop/x"));
        assert!(looped.is_err());
    }

    #[test]
    fn a_link_of_somebody_elses_is_not_followed() {
        let (folder, root) = sample();
        lchown(folder.path().join("lib"), Some(1234), None).unwrap();
        let mut opener = PathOpener::new(&root).unwrap();
        let error = opener.open_file(Path::new("lib/x")).unwrap_err();
        assert!(error.to_string().contains("user 1234"), "{error}");
        assert!(is_there(&root, "usr/lib/x"));
    }

    #[test]
    fn few_folders_stay_open() {
        let (folder, root) = sample();
        let mut opener = PathOpener::new(&root).unwrap();
        for number in 0..3 * OPEN_MAX {
            let name = format!("d{number}");
            fs::create_dir(folder.path().join(&name)).unwrap();
            fs::write(folder.path().join(&name).join("x"), "x").unwrap();
            let opened = opener.open_file(&Path::new(&name).join("x")).unwrap();
            assert!(opened.is_some());
        }
        assert!(opener.folders.len() <= OPEN_MAX);
    }
}
