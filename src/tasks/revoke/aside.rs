//! Moves certificates to those of revoked keys, each by one rename.

use std::path::Path;

use nix::fcntl::renameat;
use nix::sys::stat::Mode;
use nix::unistd::fsync;

use super::named::{FILE_MAX, NamedKey, RevokeError};
use crate::keys::certificates::{CERTIFICATES, REVOKED_CERTIFICATES};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Afterwards the key's certificates are among the revoked ones alone, and will be after a power cut.
pub(super) fn put_aside(root: &Root, key: &NamedKey) -> Result<(), RevokeError> {
    let readable = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IROTH;
    let entered = readable | Mode::S_IXUSR | Mode::S_IXGRP | Mode::S_IXOTH;
    for parent in ["etc/keys", REVOKED_CERTIFICATES] {
        root.make_folder(Path::new(parent), entered)?;
    }
    let missing = |path: &str| {
        SystemError::at("open", &root.display(Path::new(path)))(std::io::ErrorKind::NotFound)
    };
    let open = |path: &str| {
        root.open_folder(Path::new(path))?
            .ok_or_else(|| missing(path))
    };
    let aside = open(REVOKED_CERTIFICATES)?;
    if let Some(der) = &key.elsewhere {
        aside.replace_as(&format!("{}.der", key.id), der, readable)?;
    }
    if key.files.is_empty() {
        return Ok(());
    }
    let held = open(CERTIFICATES)?;
    for name in &key.files {
        let [from, to] = [CERTIFICATES, REVOKED_CERTIFICATES].map(|at| Path::new(at).join(name));
        let there = root.read(&to, FILE_MAX)?;
        if there.is_some() && there != root.read(&from, FILE_MAX)? {
            return Err(RevokeError::NameTaken(root.display(&to)));
        }
        let moved = renameat(&held, name.as_os_str(), &aside, name.as_os_str());
        moved.map_err(SystemError::at("move aside", &root.display(&from)))?;
    }
    for folder in [&aside, &held] {
        fsync(folder).map_err(SystemError::at("sync", folder.path()))?;
    }
    Ok(())
}
