//! What a walk over a package brings back of a file: its size and digest, by which a signature is found.

use crate::format::ima::{Digest, HashAlgorithm};
use crate::format::package_path::PackagePath;

/// Size and digest of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashedContent {
    /// Length in bytes.
    pub size: u64,
    /// Digest of all of it.
    pub digest: Digest,
}

impl HashedContent {
    /// Hashes content that is held.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        Self {
            size: bytes.len() as u64,
            digest: Digest::of(algorithm, bytes),
        }
    }
}

/// A file of a package that is signed, or should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedFile {
    /// Where the package has it; `DEBIAN/…` for a control member.
    pub path: PackagePath,
    /// Size and digest.
    pub content: HashedContent,
}
