//! `security.ima` on an open descriptor. Here errno gets its meaning, once.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use xattr::FileExt;

use crate::format::ima::{Label, Signature};

const NAME: &str = "security.ima";

/// Why a label could not be written. The file then has the label it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum WriteError {
    /// The filesystem has no such attributes (vfat, some tmpfs and network mounts).
    #[error("the filesystem does not support security attributes")]
    Unsupported,
    /// The filesystem, or the inode's room for attributes, is full.
    #[error("no space left for the attribute")]
    NoSpace,
    /// The mount is read-only, or the filesystem is.
    #[error("the filesystem is mounted read-only")]
    ReadOnly,
    /// No CAP_SYS_ADMIN in the initial namespace, or the inode is immutable.
    #[error("not permitted: CAP_SYS_ADMIN is needed, and the file must not be immutable")]
    NotPermitted,
    /// A policy of the kernel excludes the hash algorithm, or the kernel does not know it.
    #[error("the kernel does not accept this hash algorithm")]
    Refused,
    /// Another errno, by its number.
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

/// A descriptor in the form that the crate `xattr` takes.
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
    let value = value_of(file)?.flatten();
    Ok(Label::parse(&value.unwrap_or_default()))
}

/// Whether the filesystem has security attributes.
///
/// # Errors
/// The kernel's, but for "no such attribute" and "not supported".
pub fn is_supported(file: impl AsFd) -> io::Result<bool> {
    Ok(value_of(file)?.is_some())
}

/// None where the filesystem has no such attributes; within, none where the file has no such attribute.
fn value_of(file: impl AsFd) -> io::Result<Option<Option<Vec<u8>>>> {
    match Attributes(file.as_fd()).get_xattr(NAME) {
        Err(error) if error.raw_os_error() == Some(nix::libc::EOPNOTSUPP) => Ok(None),
        value => value.map(Some),
    }
}

/// Writes the label. A descriptor that was opened read-only will do, and has to: many files are being executed.
///
/// # Errors
/// The kernel's answer, by its meaning.
pub fn write(file: impl AsFd, signature: &Signature) -> Result<(), WriteError> {
    Ok(Attributes(file.as_fd()).set_xattr(NAME, &signature.to_bytes())?)
}

/// Takes the label off; it is no error if there is none.
///
/// # Errors
/// The kernel's answer, by its meaning.
pub fn remove(file: impl AsFd) -> Result<(), WriteError> {
    match Attributes(file.as_fd()).remove_xattr(NAME) {
        Err(error) if error.raw_os_error() == Some(nix::libc::ENODATA) => Ok(()),
        removed => Ok(removed?),
    }
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
