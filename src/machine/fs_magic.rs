//! The kind of the filesystem that a file is on.

use std::io;
use std::os::fd::AsFd;

use nix::sys::statfs::fstatfs;

/// Of a mount of several folders as one, as containers have. SPEC: linux/magic.h.
#[cfg(feature = "cli")]
pub(crate) const OVERLAYFS: u64 = 0x794c_7630;

/// Of control groups of version 2. SPEC: linux/magic.h.
pub(crate) const CGROUP2: u64 = 0x6367_7270;

/// Filesystems on which no label can be written, or none stays. SPEC: linux/magic.h.
#[cfg(feature = "cli")]
const WITHOUT_LABELS: [u64; 5] = [
    0x0102_1994, // tmpfs: in memory
    0x8584_58f6, // ramfs
    0x7371_7368, // squashfs: made once, and only read
    0x9660,      // iso9660
    0x4d44,      // vfat: no attributes
];

/// Whether a label that is written on such a filesystem stays, as far as its kind tells.
#[cfg(feature = "cli")]
pub(crate) fn keeps_labels(fs_magic: u64) -> bool {
    !WITHOUT_LABELS.contains(&fs_magic)
}

/// The kind as `fsmagic=` of a policy names it. SPEC: statfs(2), `f_type`, and linux/magic.h.
pub(crate) fn fs_magic(file: impl AsFd) -> io::Result<u64> {
    // The type is signed on some architectures, and the number is not.
    Ok(fstatfs(file)?.filesystem_type().0 as u64 & u64::from(u32::MAX))
}
