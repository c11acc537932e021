//! The content of an open file: its digest.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use nix::libc::off_t;
use nix::sys::uio::pread;

use crate::format::ima::{Digest, HashAlgorithm, Hasher};

/// The digest of an open file, which had that size when it was examined. A file that has another size by now has the
/// digest of another content. The position of the descriptor stays.
///
/// # Errors
/// If it cannot be read.
pub fn digest_of(file: impl AsFd, algorithm: HashAlgorithm, size: u64) -> io::Result<Digest> {
    digest_of_content(FromStart::of(file.as_fd()), algorithm, size)
}

/// [`digest_of`] for a reader of the content.
///
/// # Errors
/// The reader's.
pub fn digest_of_content(
    content: impl Read,
    algorithm: HashAlgorithm,
    size: u64,
) -> io::Result<Digest> {
    let mut hasher = Hasher::new(algorithm);
    // One byte more, so that a file that grows meanwhile has another digest; no more than that, or a writer that
    // appends without end would keep us reading.
    hasher.update_from(&mut content.take(size.saturating_add(1)))?;
    Ok(hasher.finish())
}

/// Reads a descriptor from its start, and leaves its position alone: others may share it.
#[derive(Debug)]
pub struct FromStart<'a> {
    file: BorrowedFd<'a>,
    offset: off_t,
}

impl<'a> FromStart<'a> {
    /// A reader at the start, wherever the descriptor's position is.
    #[must_use]
    pub const fn of(file: BorrowedFd<'a>) -> Self {
        Self { file, offset: 0 }
    }
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = pread(self.file, buffer, self.offset)?;
        self.offset += off_t::try_from(read).map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_that_has_grown_is_another_content() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"listed").unwrap();
        let listed = Digest::of(HashAlgorithm::Sha256, b"listed");
        let digest = || digest_of(&file, HashAlgorithm::Sha256, 6).unwrap();
        assert_eq!(digest(), listed);
        (&file).write_all(b"!").unwrap();
        assert_ne!(digest(), listed);
        file.set_len(5).unwrap();
        assert_ne!(digest(), listed);
    }
}
