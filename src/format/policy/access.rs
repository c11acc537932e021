//! An access to a file, as far as it is known before it happens.

use super::{Hook, Mask};

/// The user that accesses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// User and group 0.
    Root,
    /// A user and group other than 0; which is not known.
    AnyoneElse,
}

/// One access, before it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The kind of access.
    pub hook: Hook,
    /// The permission that the kernel asks for: that of [`Hook::mask`], or of [`Hook::OF_EXECUTION`].
    pub mask: Mask,
    /// The user that accesses the file.
    pub subject: Subject,
    /// The kind of filesystem: `f_type` of statfs(2).
    pub fs_magic: u64,
    /// The number of the user who owns the file.
    pub owner: u32,
    /// The number of the file's group.
    pub group: u32,
}
