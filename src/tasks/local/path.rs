//! The path that an entry has for a file that a user names.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::error::LocalError;
use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The path from the root: on the running system a relative one is from where the user is, elsewhere from the root. No link is
/// looked at.
pub(super) fn entry_path(root: &Root, named: &Path) -> Result<PackagePath, LocalError> {
    let path = match root.is_running_system() {
        true => std::path::absolute(named).map_err(SystemError::at("find", named))?,
        false => named.to_owned(),
    };
    let path = PackagePath::new(path.as_os_str().as_bytes())?;
    match path.is_reserved() {
        true => Err(LocalError::Reserved),
        false => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_from_the_root_and_stays_beneath() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let path = |named: &str| entry_path(&root, Path::new(named));
        for named in ["/usr/local/bin/x", "usr/local/bin/x", "./usr/local/bin/x"] {
            assert_eq!(
                path(named).unwrap().as_bytes(),
                b"usr/local/bin/x",
                "{named}"
            );
        }
        for named in ["", "/", "../x", "/usr/../x"] {
            assert!(matches!(path(named), Err(LocalError::Path(_))), "{named}");
        }
        assert!(matches!(
            path("/DEBIAN/postinst"),
            Err(LocalError::Reserved)
        ));
        let running = Root::open(Path::new("/")).unwrap();
        let here = std::env::current_dir().unwrap().join("x");
        let found = entry_path(&running, Path::new("x")).unwrap();
        assert_eq!(Path::new("/").join(found.as_path()), here);
    }
}
