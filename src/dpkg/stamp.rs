//! The identity of a file in `info`, by which a change is noticed.

use nix::sys::stat::FileStat;

/// Tells whether a file in `info` is still the one that was read before. dpkg never writes there in place: a new list
/// is a new inode, and the rename that puts it there sets its change time, which cannot be set back. (The modification
/// time would not do: it comes from the .deb, and inode numbers are used again.)
///
/// Orders by change time first: the newest is the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Change time, seconds.
    pub seconds: i64,
    /// Change time, nanoseconds within the second.
    pub nanoseconds: i64,
    /// Inode number.
    pub inode: u64,
    /// Length in bytes.
    pub size: u64,
}

impl From<&FileStat> for Stamp {
    fn from(status: &FileStat) -> Self {
        Self {
            seconds: status.st_ctime,
            nanoseconds: status.st_ctime_nsec,
            inode: status.st_ino,
            size: status.st_size.unsigned_abs(),
        }
    }
}
