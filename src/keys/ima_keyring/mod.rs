//! The IMA keyring: which keyring the running kernel verifies with, which keys it holds, and how certificates get
//! into it and out of it. No external tool.
//!
//! SPEC: `integrity_digsig_verify()` and `keyring_name[]`, security/integrity/digsig.c: `.ima` with
//! `CONFIG_INTEGRITY_TRUSTED_KEYRING`, which the kernel makes; else `_ima`, which it asks for by
//! request_key() in the context of the first process that has a file appraised, and then remembers.

mod error;
mod find;
mod key_description;
mod kind;
mod load;
mod members;
mod proc_keys;
mod unload;

pub use error::{AddError, KeyringError};
pub use kind::KeyringKind;
pub use load::{LoadedCertificate, load, load_without};
pub use members::members;
pub use proc_keys::{KernelKey, ProcKeys};
pub use unload::{Unloaded, unload};
