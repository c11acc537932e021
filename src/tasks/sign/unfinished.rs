//! Files that are being written beside their places.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};
use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use nix::unistd::geteuid;
use tempfile::NamedTempFile;

use crate::machine::error::SystemError;

/// How their names begin; [`RANDOM`] letters and digits follow.
const PREFIX: &str = ".dpkg-ima.";
const RANDOM: usize = 6;
/// How often a file is begun: each time another process may just have taken it for one that nobody writes.
const TRIES_MAX: u32 = 16;

/// A file under a name that tells what it is. Unless it is renamed, it is removed in the end; whoever is killed before leaves it
/// behind, not locked any more.
#[derive(Debug)]
pub(super) struct Unfinished {
    pub(super) file: NamedTempFile,
    /// None in a folder where others know by other means what is unfinished, or whose filesystem has no locks.
    lock: Option<Flock<File>>,
}

impl Unfinished {
    /// Begins one in a folder, with that mode as far as the umask lets it.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub(super) fn begin(folder: &Path, mode: u32) -> Result<Self, SystemError> {
        let begin = || {
            for _ in 0..TRIES_MAX {
                let unfinished = tempfile::Builder::new()
                    .prefix(PREFIX)
                    .rand_bytes(RANDOM)
                    .permissions(Permissions::from_mode(mode))
                    .tempfile_in(folder);
                if let Some(unfinished) = Self::locked(unfinished?)? {
                    return Ok(unfinished);
                }
            }
            Err(io::Error::other("its new files are removed at once"))
        };
        begin().map_err(SystemError::at("write in", folder))
    }

    /// Locks a file; none if another process removed it before.
    fn locked(file: NamedTempFile) -> io::Result<Option<Self>> {
        let lock = Flock::lock(file.as_file().try_clone()?, FlockArg::LockExclusive).ok();
        let is_there = file.as_file().metadata()?.nlink() > 0;
        Ok(is_there.then_some(Self { file, lock }))
    }

    /// Renames it.
    ///
    /// # Errors
    /// The kernel's; then it is removed.
    pub(super) fn persist(self, place: &Path) -> io::Result<()> {
        let Self { file, lock } = self;
        file.persist(place)?;
        drop(lock);
        Ok(())
    }
}

/// In a private folder, which others clear only if nobody uses it.
impl From<NamedTempFile> for Unfinished {
    fn from(file: NamedTempFile) -> Self {
        Self { file, lock: None }
    }
}

/// Removes from those folders what processes of this user left that were killed. What cannot be removed stays: it is in nobody's
/// way.
pub(super) fn remove_left<'a>(folders: impl IntoIterator<Item = &'a Path>) {
    let folders: BTreeSet<_> = folders.into_iter().collect();
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        let entries = entries.flatten().map(|entry| entry.path());
        for path in entries.filter(|path| is_name(path)) {
            if let Err(error) = remove(&path) {
                log::debug!("a file that is not finished stays in a folder: {error}");
            }
        }
    }
}

fn is_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let random = name.and_then(|name| name.strip_prefix(PREFIX));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// SECURITY: only a file of this user's own, and only if nobody writes it: in a folder that others may write to, anything may
/// have such a name.
fn remove(path: &Path) -> io::Result<()> {
    if !path.symlink_metadata()?.is_file() {
        return Ok(());
    }
    let file = File::options()
        .read(true)
        .custom_flags(O_NOFOLLOW | O_NONBLOCK)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.uid() != geteuid().as_raw() {
        return Ok(());
    }
    let Ok(_lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
        return Ok(());
    };
    // Whoever wrote it may have renamed it before it was locked here.
    let there = path.symlink_metadata()?;
    match (there.dev(), there.ino()) == (metadata.dev(), metadata.ino()) {
        true => fs::remove_file(path),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{chown, symlink};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_nobody_writes_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let written = Unfinished::begin(folder, 0o600).unwrap();
        let name = written.file.path().file_name().unwrap();
        let name = &*name.to_str().unwrap().to_owned();
        let kept = [
            ".dpkg-ima.1234567",
            ".dpkg-ima.12345",
            ".dpkg-ima.abc.ef",
            ".dpkg-imaXabcdef",
            "x.deb",
        ];
        for name in kept.iter().chain(&[".dpkg-ima.abcDE1", ".dpkg-ima.000000"]) {
            fs::write(folder.join(name), "").unwrap();
        }
        fs::create_dir(folder.join(".dpkg-ima.folder")).unwrap();
        symlink("x.deb", folder.join(".dpkg-ima.linked")).unwrap();
        let mut expected = [&kept[..], &[".dpkg-ima.folder", ".dpkg-ima.linked", name]].concat();
        if geteuid().is_root() {
            fs::write(folder.join(".dpkg-ima.theirs"), "").unwrap();
            chown(folder.join(".dpkg-ima.theirs"), Some(1234), None).unwrap();
            expected.push(".dpkg-ima.theirs");
        }
        expected.sort_unstable();
        remove_left([folder, folder, Path::new("/none")]);
        assert_eq!(names(folder), expected);
        drop(written);
        assert_eq!(names(folder).len(), expected.len() - 1);
    }

    #[test]
    fn one_that_was_removed_before_it_was_locked_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let new = || tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        let removed = new();
        fs::remove_file(removed.path()).unwrap();
        assert!(Unfinished::locked(removed).unwrap().is_none());
        assert!(Unfinished::locked(new()).unwrap().is_some());
    }
}
