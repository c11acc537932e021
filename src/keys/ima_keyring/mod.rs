//! The keyring that IMA verifies with, in the running kernel: which one it is, what it holds, and how
//! certificates get into it. No external tool.
//!
//! SPEC: `integrity_digsig_verify()` and `keyring_name[]`, security/integrity/digsig.c: `.ima` with
//! `CONFIG_INTEGRITY_TRUSTED_KEYRING`, which the kernel makes; else `_ima`, which it asks for by
//! request_key() in the context of whatever process first has a file appraised, and then remembers.

mod error;
mod find;
mod load;
mod members;

pub use error::{AddError, KeyringError};
pub use find::{KeyringKind, find};
pub use load::{LoadedCertificate, load};
pub use members::{KernelKey, keys_of, members};
