//! The folder of the guard's socket, lock and log, which only its owner can enter.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fchmod, fstat};
use nix::unistd::geteuid;

use crate::machine::error::SystemError;

/// Makes the folder. Afterwards this user owns it and nobody else can enter it, whoever made it before.
///
/// SECURITY: a process that can reach the socket decides which signatures the guard knows, and how long it stays.
///
/// # Errors
/// If it cannot be made, belongs to another user, or is a symlink or no folder.
pub(super) fn make_private(folder: &Path) -> Result<(), SystemError> {
    let made = DirBuilder::new().mode(0o700).recursive(true).create(folder);
    made.map_err(SystemError::at("make", folder))?;
    close_to_others(folder).map_err(SystemError::at("use", folder))
}

fn close_to_others(folder: &Path) -> io::Result<()> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let folder = open(folder, flags, Mode::empty())?;
    if fstat(&folder)?.st_uid != geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    Ok(fchmod(&folder, Mode::S_IRWXU)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};

    #[test]
    fn it_is_closed_to_others_whoever_made_it() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("run/guard");
        for _ in 0..2 {
            make_private(&folder).unwrap();
            let mode = fs::metadata(&folder).unwrap().mode();
            assert_eq!(mode & 0o7777, 0o700);
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        }
    }

    #[test]
    fn somebody_elses_is_not_used() {
        let temporary = tempfile::tempdir().unwrap();
        let (folder, link) = (
            temporary.path().join("other"),
            temporary.path().join("link"),
        );
        fs::create_dir(&folder).unwrap();
        symlink(temporary.path(), &link).unwrap();
        assert!(make_private(&link).is_err());
        lchown(&folder, Some(1234), None).unwrap();
        let error = make_private(&folder).unwrap_err().to_string();
        assert!(error.contains("another user"), "{error}");
    }
}
