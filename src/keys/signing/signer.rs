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

    /// [`Self::sign`], and verifies the signature before anybody has it.
    ///
    /// # Errors
    /// The key's, and [`KeyError::Unverified`].
    fn sign_verified(&self, digest: &Digest) -> Result<Signature, KeyError> {
        let signature = self.sign(digest)?;
        match self.verifies(&signature, digest) {
            true => Ok(signature),
            false => Err(KeyError::Unverified(*digest)),
        }
    }

    /// The public key as its certificate has it: the DER of its SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// If OpenSSL cannot write it.
    fn public_key(&self) -> Result<Vec<u8>, KeyError>;

    /// How many of the signatures that it gave were made earlier, and found in a cache.
    fn found(&self) -> usize {
        0
    }

    /// Whether whoever reads the key's file can sign with it: no passphrase protects it.
    fn lies_open(&self) -> bool {
        false
    }

    /// Whether this key made that signature over that digest.
    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool;
}
