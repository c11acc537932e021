//! Keys and certificates: who signs, and whom we trust when we verify. The command only: the helper
//! leaves verifying to the kernel.
//!
//! A signature is over a digest that was already made. The kernel names the key by the last four
//! bytes of the certificate's subjectKeyIdentifier, so a key never comes without its certificate.

mod error;
mod generate;
mod kind;
mod operation;
mod pem;
mod trust;

pub use error::KeyError;
pub use generate::{Generated, Request, generate};
pub use kind::KeyType;
pub use pem::{Passphrase, PemSigner};
pub use trust::{Check, Checker, Trust};

use crate::format::ima::{Digest, KeyId, Signature};

/// Whatever holds a private key: a PEM file here, later a token.
pub trait Signer: Sync {
    /// The id that its signatures carry.
    fn key_id(&self) -> KeyId;

    /// Signs the digest of a file.
    ///
    /// # Errors
    /// If the key cannot be used, or makes a signature that no list can carry.
    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError>;

    /// Whether this key made that signature over that digest.
    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool;
}
