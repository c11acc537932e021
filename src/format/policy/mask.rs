//! Permissions, by the names that policies have for them.

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
