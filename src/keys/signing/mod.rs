//! Private keys that sign, and certificates that verify, by OpenSSL. For the command `dpkg-ima` only: the helper
//! leaves verifying to the kernel.
//!
//! A signature is over a digest that is made before. The kernel identifies a key by the last four
//! bytes of the certificate's subjectKeyIdentifier, so a private key is always read with its certificate.

mod error;
mod generate;
mod given;
mod kind;
mod operation;
mod pem;
mod signer;
mod system_keys;
mod trust;

pub use error::KeyError;
pub use generate::{Generated, KeyRequest, generate};
pub use given::GivenSignatures;
pub use kind::KeyType;
pub use pem::{Passphrase, PemSigner};
pub use signer::Signer;
pub use system_keys::system_keys;
pub use trust::{Check, Checker, Trust};
