//! The digests of one open file, each computed once.

use std::io;
use std::os::fd::BorrowedFd;

use crate::format::ima::{Digest, HashAlgorithm};
use crate::machine::content::digest_of;

/// The digests of an open file that are known so far.
pub(super) struct FileDigests<'a> {
    file: BorrowedFd<'a>,
    pub(super) size: u64,
    pub(super) known: Vec<Digest>,
}

impl<'a> FileDigests<'a> {
    /// Of a file of that size, for which `known` were computed before.
    pub(super) const fn new(file: BorrowedFd<'a>, size: u64, known: Vec<Digest>) -> Self {
        Self { file, size, known }
    }

    /// Hashes the file, unless the digest is known.
    pub(super) fn get(&mut self, algorithm: HashAlgorithm) -> io::Result<Digest> {
        let mut known = self.known.iter();
        if let Some(known) = known.find(|digest| digest.algorithm() == algorithm) {
            return Ok(*known);
        }
        let digest = digest_of(self.file, algorithm, self.size)?;
        self.known.push(digest);
        Ok(digest)
    }
}
