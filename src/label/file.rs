//! Labels one open file.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use nix::libc::off_t;
use nix::sys::stat::fstat;
use nix::sys::uio::pread;

use super::{Decision, decide};
use crate::attribute::{self, WriteError};
use crate::dpkg::PackageName;
use crate::keyring::HeldKeys;
use crate::signature::{Digest, HashAlgorithm, Hasher};
use crate::store::Store;

/// What came of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It has a new label.
    Labelled,
    /// It had the right one.
    Right,
    /// It has another signature, whose key the kernel holds, unlike ours.
    Outranked,
    /// No list knows this content.
    Unlisted,
}

/// Why a file could not be labelled. It then has the label it had.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// Its content or its label could not be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// The label could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
}

/// Labels files with what a store knows.
#[derive(Clone, Copy, Debug)]
pub struct Labeller<'a> {
    /// All signatures.
    pub store: &'a Store,
    /// Which of them the kernel can check.
    pub held: &'a HeldKeys,
}

impl Labeller<'_> {
    /// Gives the file the label that its content deserves. A content of a size that no list names
    /// is not read. The descriptor may be read-only; its position is not moved.
    ///
    /// # Errors
    /// A [`LabelError`].
    pub fn label(
        &self,
        file: impl AsFd,
        owner: Option<&PackageName>,
    ) -> Result<Outcome, LabelError> {
        let file = file.as_fd();
        Ok(match self.decide(file, owner)? {
            None => Outcome::Unlisted,
            Some(Decision::Right) => Outcome::Right,
            Some(Decision::Outranked) => Outcome::Outranked,
            Some(Decision::Write(signature)) => {
                attribute::write(file, &signature)?;
                Outcome::Labelled
            }
        })
    }

    /// What [`Self::label`] would do; none if no list knows the content.
    ///
    /// # Errors
    /// If content or label cannot be read.
    pub fn decide(
        &self,
        file: impl AsFd,
        owner: Option<&PackageName>,
    ) -> io::Result<Option<Decision>> {
        let file = file.as_fd();
        let size = fstat(file).map_err(io::Error::from)?.st_size.unsigned_abs();
        let candidates: Vec<_> = self
            .digests(file, size)?
            .iter()
            .flat_map(|digest| self.store.candidates(size, digest))
            .collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let label = attribute::read(file)?;
        Ok(decide(&label, &candidates, owner, self.held))
    }

    /// The digests of the content, one for each algorithm that lists have for contents of its size.
    fn digests(&self, file: BorrowedFd<'_>, size: u64) -> io::Result<Vec<Digest>> {
        let algorithms = self.store.algorithms_of(size);
        algorithms
            .map(|algorithm| digest_of(file, algorithm, size))
            .collect()
    }
}

/// The digest of a file of that size; of one that has another size by now, one that no list knows.
///
/// # Errors
/// If it cannot be read.
pub fn digest_of(file: impl AsFd, algorithm: HashAlgorithm, size: u64) -> io::Result<Digest> {
    let mut hasher = Hasher::new(algorithm);
    // One byte more: a file that grows meanwhile is another content.
    hasher.update_from(&mut FromStart::of(file.as_fd()).take(size.saturating_add(1)))?;
    Ok(hasher.finish())
}

/// Reads a descriptor from its start, and leaves its position alone: others may share it.
#[derive(Debug)]
pub struct FromStart<'a> {
    file: BorrowedFd<'a>,
    offset: off_t,
}

impl<'a> FromStart<'a> {
    /// A reader at the start.
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
