//! Whether a file is still the one that was seen before.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use nix::sys::stat::FileStat;

/// Identity of a file in `info`. dpkg never writes there in place: a new list is a new inode, and
/// the rename that puts it there sets its change time, which no one can set back. (The modification
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

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            seconds: metadata.ctime(),
            nanoseconds: metadata.ctime_nsec(),
            inode: metadata.ino(),
            size: metadata.size(),
        }
    }
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
