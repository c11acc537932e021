//! Entries for tests.

use super::Entry;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::format::package_path::PackagePath;

/// An entry for that content, with its SHA-256, and with the content itself as signature by the key with that id.
pub(crate) fn entry(path: &str, content: &[u8], key: u32) -> Entry {
    let algorithm = HashAlgorithm::Sha256;
    Entry {
        path: PackagePath::new(path.as_bytes()).unwrap(),
        size: content.len() as u64,
        digest: Digest::of(algorithm, content),
        signature: Signature::new(algorithm, KeyId(key), content).unwrap(),
        unknown: None,
    }
}
