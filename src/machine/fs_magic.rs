//! The kind of the filesystem that a file is on.

use std::io;
use std::os::fd::AsFd;

use nix::sys::statfs::fstatfs;

/// Of a mount of several folders as one, as containers have. SPEC: linux/magic.h.
pub(crate) const OVERLAYFS: u64 = 0x794c_7630;

/// The kind as `fsmagic=` of a policy names it. SPEC: statfs(2), `f_type`, and linux/magic.h.
pub(crate) fn fs_magic(file: impl AsFd) -> io::Result<u64> {
    // The type is signed on some architectures, and the number is not.
    Ok(fstatfs(file)?.filesystem_type().0 as u64 & u64::from(u32::MAX))
}
