//! A fetched package becomes one that nobody else writes to.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::machine::error::SystemError;
use crate::machine::folder::Folder;

/// Nobody else opens it.
const MODE: u32 = 0o600;

/// Copies a file of a folder of apt's user to `place`, where nothing is, and removes it; whether it was there with that size.
/// If it was not, nothing is at the place.
///
/// SECURITY: apt's user may have put anything there, and a process of theirs that has the file open goes on writing to it, also
/// to what is mapped, which changes no time of the file. What is read three times, to be parsed, hashed and signed, has to be
/// the same each time: so it is read once from there.
///
/// # Errors
/// If the file cannot be read or removed, or the copy not be written.
pub(super) fn take_copy(
    fetched: &Folder,
    name: &str,
    size: u64,
    place: &Path,
) -> Result<bool, SystemError> {
    let Some(file) = fetched.open_file(name)? else {
        return Ok(false);
    };
    let mut options = File::options();
    options.write(true).create_new(true).mode(MODE);
    let copied = options.open(place).and_then(|mut copy| {
        // One byte more tells that there are more.
        io::copy(&mut file.take(size.saturating_add(1)), &mut copy)
    });
    let is_whole = copied.map_err(SystemError::at("write", place))? == size;
    fetched.remove(name)?;
    if !is_whole {
        fs::remove_file(place).map_err(SystemError::at("remove", place))?;
    }
    Ok(is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_is_written_afterwards_is_not_in_the_copy() {
        let temporary = tempfile::tempdir().unwrap();
        let (theirs, copy) = (temporary.path().join("x"), temporary.path().join("copy"));
        let opened = File::open(temporary.path()).unwrap();
        let folder = Folder::new(opened.into(), temporary.path().to_owned());
        fs::write(&theirs, "good").unwrap();
        let mut writer = File::options().write(true).open(&theirs).unwrap();
        assert!(take_copy(&folder, "x", 4, &copy).unwrap());
        writer.rewind().unwrap();
        writer.write_all(b"evil").unwrap();
        assert_eq!(fs::read(&copy).unwrap(), b"good");
        let mode = fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, MODE);
        assert!(!theirs.exists());
    }

    #[test]
    fn what_is_no_file_of_that_size_is_not_taken() {
        let temporary = tempfile::tempdir().unwrap();
        let (theirs, copy) = (temporary.path().join("x"), temporary.path().join("copy"));
        let opened = File::open(temporary.path()).unwrap();
        let folder = Folder::new(opened.into(), temporary.path().to_owned());
        let take = || take_copy(&folder, "x", 4, &copy).unwrap();
        assert!(!take());
        for content in ["", "one", "seven"] {
            fs::write(&theirs, content).unwrap();
            assert!(!take(), "{content}");
        }
        let secret = temporary.path().join("secret");
        fs::write(&secret, "root").unwrap();
        symlink(&secret, &theirs).unwrap();
        assert!(!take());
        assert!(!copy.exists());
        fs::remove_file(&theirs).unwrap();
        // The control.
        fs::rename(&secret, &theirs).unwrap();
        assert!(take());
    }
}
