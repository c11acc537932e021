//! An entry of a list.

use crate::format::ima::{Digest, KeyId, Signature};
use crate::format::package_path::PackagePath;

/// What a list says of one regular file, with the signature of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the package has the file. It helps to find the file; which signature it gets is decided by the digest.
    pub path: PackagePath,
    /// Length of the content in bytes.
    pub size: u64,
    /// The digest of the content that the signature is over.
    pub digest: Digest,
    /// The signature: the value for `security.ima`.
    pub signature: Signature,
    /// The keywords that this program does not know, as in the line, each with or without a value, with a space
    /// between two. None if there are none, as in most lists, so that an entry takes no memory for them.
    pub unknown: Option<Box<str>>,
}

impl Entry {
    /// By what the entries of a list are sorted: no two of them have the same.
    pub(super) const fn key(&self) -> (&PackagePath, KeyId) {
        (&self.path, self.signature.key_id)
    }
}
