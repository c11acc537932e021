//! What a .deb holds that is signed, or should be: paths and digests, from one walk over data.tar.
//!
//! Shared by signing and verifying, so that the two never disagree on which files matter.

mod error;
mod package;
mod scripts;
mod select;
mod walk;

pub use error::ContentsError;
pub use package::Package;
pub use scripts::scripts;
pub use select::Selection;
pub use walk::{Wanted, files};

use crate::format::ima::{Digest, HashAlgorithm};
use crate::format::package_path::PackagePath;

/// A file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Length in bytes.
    pub size: u64,
    /// Digest of all of it.
    pub digest: Digest,
}

impl Content {
    /// The content at hand.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        Self {
            size: bytes.len() as u64,
            digest: Digest::of(algorithm, bytes),
        }
    }
}

/// A file that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where the package has it.
    pub path: PackagePath,
    /// What it holds.
    pub content: Content,
}
