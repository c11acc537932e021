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
mod signer;
mod trust;

pub use error::KeyError;
pub use generate::{Generated, Request, generate};
pub use kind::KeyType;
pub use pem::{Passphrase, PemSigner};
pub use signer::Signer;
pub use trust::{Check, Checker, Trust};
