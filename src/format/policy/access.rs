//! An access to a file, as far as it is known before it happens.

use super::Hook;

/// The user that accesses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// User and group 0.
    Root,
    /// A user and group other than 0; which is not known.
    AnyoneElse,
}

/// What a file is accessed for: the permission that `mask=` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// `MAY_EXEC`
    Exec,
    /// `MAY_READ`
    Read,
    /// `MAY_WRITE`
    Write,
    /// `MAY_APPEND`
    Append,
}

/// One access, before it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The kind of access.
    pub hook: Hook,
    /// The user that accesses the file.
    pub subject: Subject,
    /// The kind of filesystem: `f_type` of statfs(2).
    pub fs_magic: u64,
    /// The number of the user who owns the file.
    pub owner: u32,
    /// The number of the file's group.
    pub group: u32,
}

impl Access {
    /// SPEC: `ima_file_mmap()`, `ima_bprm_check()`, `ima_post_read_file()`, ima_main.c. A file is
    /// opened for reading; writing is not looked at here.
    pub(super) const fn mask(&self) -> Mask {
        match self.hook {
            Hook::MmapCheck | Hook::BprmCheck | Hook::CredsCheck => Mask::Exec,
            _ => Mask::Read,
        }
    }
}
