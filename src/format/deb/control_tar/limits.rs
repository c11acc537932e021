//! How much of a control.tar is read and held.

use crate::format::imasigs::LIST_MAX;

/// Most bytes of everything but the signature list, headers counted in. The largest of it is md5sums, which
/// has about 100 bytes for each file of the package.
pub const MEMBERS_MAX: u64 = 32 << 20;

/// Largest control.tar that is read, decompressed, in bytes: the longest list, and everything else.
pub const CONTROL_MAX: u64 = LIST_MAX + MEMBERS_MAX;

/// Most entries; Debian's packages have about ten.
pub(super) const ENTRIES_MAX: usize = 4096;
