//! `security.ima` on an open descriptor: read, written, and errno given its meaning once.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use xattr::FileExt;

use crate::format::ima::{Label, Signature};

/// The attribute's name.
const NAME: &str = "security.ima";

/// Why a label could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum WriteError {
    /// The filesystem has no such attributes (vfat, some tmpfs and network mounts).
    #[error("the filesystem does not support security attributes")]
    Unsupported,
    /// The filesystem, or the inode's room for attributes, is full.
    #[error("no space left for the attribute")]
    NoSpace,
    /// Mounted read-only.
    #[error("the filesystem is mounted read-only")]
    ReadOnly,
    /// No CAP_SYS_ADMIN in the initial namespace, or the inode is immutable.
    #[error("not permitted: CAP_SYS_ADMIN is needed, and the file must not be immutable")]
    NotPermitted,
    /// The kernel has a policy against this hash algorithm, or does not know it.
    #[error("the kernel does not accept this hash algorithm")]
    Refused,
    /// Anything else, by its number.
    #[error("error number {0}")]
    Other(i32),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        use nix::libc::{EACCES, EDQUOT, ENOSPC, EOPNOTSUPP, EPERM, EROFS};
        match error.raw_os_error().unwrap_or_default() {
            EOPNOTSUPP => Self::Unsupported,
            ENOSPC | EDQUOT => Self::NoSpace,
            EROFS => Self::ReadOnly,
            EPERM => Self::NotPermitted,
            // SPEC: validate_hash_algo(), security/integrity/ima/ima_appraise.c, since 5.15.
            EACCES => Self::Refused,
            other => Self::Other(other),
        }
    }
}

/// Any descriptor as the crate `xattr` wants it.
struct Attributes<'a>(BorrowedFd<'a>);

impl AsRawFd for Attributes<'_> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl FileExt for Attributes<'_> {}

/// Reads and decodes the file's label. A filesystem without attributes has none.
///
/// # Errors
/// The kernel's, but for "no such attribute" and "not supported".
pub fn read(file: impl AsFd) -> io::Result<Label> {
    match Attributes(file.as_fd()).get_xattr(NAME) {
        Ok(value) => Ok(Label::parse(&value.unwrap_or_default())),
        Err(error) if error.raw_os_error() == Some(nix::libc::EOPNOTSUPP) => Ok(Label::None),
        Err(error) => Err(error),
    }
}

/// Whether the filesystem has security attributes.
///
/// # Errors
/// The kernel's, but for "no such attribute" and "not supported".
pub fn is_supported(file: impl AsFd) -> io::Result<bool> {
    match Attributes(file.as_fd()).get_xattr(NAME) {
        Ok(_) => Ok(true),
        Err(error) if error.raw_os_error() == Some(nix::libc::EOPNOTSUPP) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes the label. A descriptor opened read-only will do.
///
/// # Errors
/// A [`WriteError`]; the file then has the label it had.
pub fn write(file: impl AsFd, signature: &Signature) -> Result<(), WriteError> {
    Ok(Attributes(file.as_fd()).set_xattr(NAME, &signature.to_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc;

    #[test]
    fn each_number_has_its_meaning() {
        for (number, meaning) in [
            (libc::EOPNOTSUPP, WriteError::Unsupported),
            (libc::ENOSPC, WriteError::NoSpace),
            (libc::EDQUOT, WriteError::NoSpace),
            (libc::EROFS, WriteError::ReadOnly),
            (libc::EPERM, WriteError::NotPermitted),
            (libc::EACCES, WriteError::Refused),
            (libc::EIO, WriteError::Other(libc::EIO)),
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(WriteError::from(error), meaning);
        }
    }
}
