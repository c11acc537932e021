//! Whether root alone can change a file, or put another in its place.

use std::os::fd::AsFd;
use std::path::Path;

use nix::sys::stat::{FileStat, fstat};

use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Write bits of all but the owner.
const OTHERS_MAY_WRITE: u32 = 0o022;

/// The files of the root user of one system.
#[derive(Clone, Copy, Debug)]
pub struct RootsOwn<'a> {
    root: &'a Root,
    /// Where user ids are shifted, root is whoever has the root folder.
    user: u32,
}

impl<'a> RootsOwn<'a> {
    /// Of the system beneath that root.
    ///
    /// # Errors
    /// If the root folder cannot be examined.
    pub fn of(root: &'a Root) -> Result<Self, SystemError> {
        let examined =
            fstat(root).map_err(SystemError::at("examine", &root.display(Path::new(""))));
        let user = examined?.st_uid;
        Ok(Self { root, user })
    }

    /// Whether that is the number of the root user.
    #[must_use]
    pub const fn is_root(self, user: u32) -> bool {
        self.user == user
    }

    /// Whether root has the file or folder of that status, and nobody else may write it.
    #[must_use]
    pub const fn has(self, stat: &FileStat) -> bool {
        stat.st_uid == self.user && stat.st_mode & OTHERS_MAY_WRITE == 0
    }

    /// Whether root alone can exchange what is at a path from the root: every folder above it is root's, and none is a link.
    /// False too if that cannot be told.
    #[must_use]
    pub fn has_way_to(self, path: &Path) -> bool {
        let folders = path.ancestors().skip(1);
        let mut folders = folders.map(|folder| self.root.open_folder(folder));
        folders.all(|folder| matches!(folder, Ok(Some(folder)) if self.has_opened(&folder)))
    }

    /// [`Self::has`], of what is open; false too if that cannot be told.
    #[must_use]
    pub fn has_opened(self, file: impl AsFd) -> bool {
        fstat(file).is_ok_and(|stat| self.has(&stat))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    #[test]
    fn every_folder_on_the_way_is_roots() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["own/deep", "shared/deep", "theirs/deep"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        let set = |path: &str, mode| {
            fs::set_permissions(at(path), Permissions::from_mode(mode)).unwrap();
        };
        set("own", 0o755);
        set("own/deep", 0o755);
        set("shared", 0o1777);
        chown(at("theirs"), Some(1234), None).unwrap();
        symlink("own", at("link")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let own = RootsOwn::of(&root).unwrap();
        for (path, is_only_roots) in [
            ("/x", true),
            ("/own/deep/x", true),
            ("/own/none/x", false),
            ("/link/deep/x", false),
            ("/link/x", false),
            ("/shared/deep/x", false),
            ("/theirs/deep/x", false),
        ] {
            assert_eq!(own.has_way_to(Path::new(path)), is_only_roots, "{path}");
        }
        for (mode, is_only_roots) in [(0o755, true), (0o775, false), (0o757, false)] {
            set("own", mode);
            let opened = fs::File::open(at("own")).unwrap();
            assert_eq!(own.has_opened(&opened), is_only_roots, "{mode:o}");
        }
    }
}
