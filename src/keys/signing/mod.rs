//! Private keys that sign, and certificates that verify, by OpenSSL. For the command `dpkg-ima` only: the helper
//! leaves verifying to the kernel.
//!
//! A signature is over a digest that is made before. The kernel identifies a key by the last four
//! bytes of the certificate's subjectKeyIdentifier, so a private key is always read with its certificate.
//!
//! `load` finds out what a key is named by, and has it made ready to sign: a file (`file_signer`, by `pem` and `pkcs12`), or a
//! `token`. A `secret` opens it. A `cache` of what it has signed may stand before it. `certified` is what a certificate says of
//! its key.

mod cache;
mod certified;
mod error;
mod file_signer;
mod generate;
mod given;
mod kind;
mod load;
mod operation;
mod pem;
mod pkcs12;
mod secret;
mod signer;
mod system_keys;
mod token;
mod trust;

pub use cache::{CacheError, CachedSigner, SignatureCache};
pub use error::KeyError;
pub use generate::{Generated, KeyRequest, generate};
pub use given::GivenSignatures;
pub use kind::KeyType;
pub use load::{Secrets, load_signer};
pub use secret::Secret;
pub use signer::Signer;
pub use system_keys::system_keys;
pub use token::TokenError;
pub use trust::{Check, Checker, Trust};
