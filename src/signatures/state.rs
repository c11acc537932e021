//! The folder in which this program keeps what it knows.

use std::path::Path;

use nix::sys::stat::Mode;

use crate::dpkg::Database;
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::root::Root;

/// The state folder, beneath the root; its parent is there wherever dpkg is.
pub const STATE: &str = "var/lib/dpkg-ima";

/// Opens the state folder, and makes it where dpkg is: a process that is confined cannot make it later. None where
/// there is no dpkg, or the folder cannot be made.
///
/// # Errors
/// If it is there and cannot be opened.
pub fn state_folder(root: &Root) -> Result<Option<Folder>, SystemError> {
    let folder = root.open_folder(Path::new(STATE))?;
    if folder.is_some() || !Database::new(root).is_there()? {
        return Ok(folder);
    }
    let made = root.make_folder(Path::new(STATE), Mode::S_IRWXU);
    Ok(made.inspect_err(|error| log::debug!("{error}")).ok())
}
