//! The list of local programs: those that no package brought, and that root has signed on this machine.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::Database;
use crate::machine::error::{SystemError, shown};
use crate::machine::roots_own::RootsOwn;
use crate::machine::warn_once::warn_once;

/// The list, beneath the root. It is one as packages have it, without control members.
pub const LOCAL_LIST: &str = "var/lib/dpkg-ima/local.imasigs";

impl Database<'_> {
    /// Whether there is a list of local programs that others than root may have written, or may write.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn has_strange_local_list(&self) -> Result<bool, SystemError> {
        Ok(self.local_list()?.is_some_and(|(_, is_roots)| !is_roots))
    }

    /// The open list of local programs, and its path as people outside the root name it; none if there is none.
    ///
    /// SECURITY: the list says which files are root's own programs. One that others may write is logged, and not used.
    pub(super) fn open_local_list(&self) -> Result<Option<(File, PathBuf)>, SystemError> {
        let path = self.root.display(Path::new(LOCAL_LIST));
        Ok(match self.local_list()? {
            Some((file, true)) => Some((file, path)),
            Some((_, false)) => {
                warn_once(format_args!(
                    "'{}' is not used: others than root may write it",
                    shown(&path)
                ));
                None
            }
            None => None,
        })
    }

    /// The open list, and whether root alone may write it and its folder.
    fn local_list(&self) -> Result<Option<(File, bool)>, SystemError> {
        let path = Path::new(LOCAL_LIST);
        let folder = self.root.open_folder(path.parent().unwrap_or(path))?;
        let (Some(folder), Some(file)) = (folder, self.root.open_file(path)?) else {
            return Ok(None);
        };
        let own = RootsOwn::of(self.root)?;
        let is_roots = own.has_opened(&file) && own.has_opened(&folder);
        Ok(Some((file, is_roots)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::PackageName;
    use crate::machine::root::Root;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    /// Whether the list of that root is used.
    fn is_used(folder: &Path) -> bool {
        let root = Root::open(folder).unwrap();
        let database = Database::new(&root);
        let used = database.has_list(&PackageName::local()).unwrap();
        let named = |list: &crate::dpkg::InstalledList| list.package.is_local();
        assert_eq!(database.lists().unwrap().iter().any(named), used);
        assert_eq!(database.has_strange_local_list().unwrap(), !used);
        used
    }

    #[test]
    fn a_list_that_others_may_write_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join(LOCAL_LIST);
        let state = list.parent().unwrap();
        fs::create_dir_all(state).unwrap();
        fs::write(&list, "#mtree v2.0\n").unwrap();
        let set =
            |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for (of_list, of_state, used) in [
            (0o600, 0o700, true),
            (0o644, 0o755, true),
            (0o660, 0o700, false),
            (0o602, 0o700, false),
            (0o600, 0o770, false),
        ] {
            set(&list, of_list);
            set(state, of_state);
            assert_eq!(is_used(folder.path()), used, "{of_list:o} {of_state:o}");
        }
        set(state, 0o700);
        assert!(is_used(folder.path()));
        chown(&list, Some(1234), None).unwrap();
        assert!(!is_used(folder.path()));
    }
}
