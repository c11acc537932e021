//! The state that a file was shown in, so that nothing else is signed.

use nix::sys::stat::FileStat;

use crate::machine::walk::Identity;

/// A file and its content at one moment: whoever changes the content changes this.
///
/// SPEC: inode(7): nobody sets the time of the last change of status, but by setting the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileState {
    pub(super) identity: Identity,
    size: i64,
    /// Seconds and nanoseconds.
    changed: (i64, i64),
}

impl From<&FileStat> for FileState {
    fn from(stat: &FileStat) -> Self {
        Self {
            identity: Identity::from(stat),
            size: stat.st_size,
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::chown;

    use nix::sys::stat::{fstat, utimensat};
    use nix::sys::time::TimeSpec;

    use super::*;

    #[test]
    fn whatever_is_changed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "one").unwrap();
        let state = || FileState::from(&fstat(File::open(&path).unwrap()).unwrap());
        let first = state();
        assert_eq!(first, state());
        // Clocks of filesystems tick every few milliseconds.
        let tick = || std::thread::sleep(std::time::Duration::from_millis(30));
        tick();
        fs::write(&path, "two").unwrap();
        let second = state();
        assert_ne!(first, second);
        tick();
        let past = TimeSpec::new(1, 0);
        let follow = nix::sys::stat::UtimensatFlags::FollowSymlink;
        utimensat(nix::fcntl::AT_FDCWD, &path, &past, &past, follow).unwrap();
        assert_ne!(second, state());
        let third = state();
        tick();
        chown(&path, Some(1234), None).unwrap();
        assert_ne!(third, state());
        let other = folder.path().join("y");
        fs::copy(&path, &other).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(third.identity, state().identity);
    }
}
