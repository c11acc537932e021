//! Which .debs a folder holds.

use std::fs;
use std::path::{Path, PathBuf};

use crate::system::SystemError;

/// The .debs that an argument stands for: a file is one, whatever its name; a folder is every `*.deb` beneath
/// it, in the order of their paths. Symlinks to folders are not followed beneath. What cannot be read comes as an
/// error, and does not keep the rest from being found.
#[must_use]
pub fn find_debs(argument: &Path) -> Vec<Result<PathBuf, SystemError>> {
    match fs::metadata(argument) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return vec![Ok(argument.to_owned())],
        Err(error) => return vec![Err(SystemError::at("open", argument)(error))],
    }
    let mut found = Vec::new();
    let mut folders = vec![argument.to_owned()];
    while let Some(folder) = folders.pop() {
        if let Err(error) = look_into(&folder, &mut folders, &mut found) {
            found.push(Err(error));
        }
    }
    let path = |found: &Result<PathBuf, SystemError>| match found {
        Ok(path) => path.clone(),
        Err(error) => error.path.clone(),
    };
    found.sort_by_cached_key(path);
    found
}

fn look_into(
    folder: &Path,
    folders: &mut Vec<PathBuf>,
    found: &mut Vec<Result<PathBuf, SystemError>>,
) -> Result<(), SystemError> {
    for entry in fs::read_dir(folder).map_err(SystemError::at("list", folder))? {
        let entry = entry.map_err(SystemError::at("list", folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(SystemError::at("open", &path))?;
        if kind.is_dir() {
            folders.push(path);
        } else if path.extension().is_some_and(|end| end == "deb") && path.is_file() {
            found.push(Ok(path));
        }
    }
    Ok(())
}
