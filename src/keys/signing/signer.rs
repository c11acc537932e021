//! The interface of every holder of a private key.

use super::KeyError;
use crate::format::ima::{Digest, KeyId, Signature};

/// Holds a private key: a file or a token. Called from several threads.
pub trait Signer: Sync {
    /// The id that its signatures carry: the kernel finds the key by it.
    fn key_id(&self) -> KeyId;

    /// Signs the digest of a file.
    ///
    /// # Errors
    /// If the key cannot be used, or makes a signature that no list can carry.
    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError>;

    /// Whether this key made that signature over that digest.
    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool;
}
