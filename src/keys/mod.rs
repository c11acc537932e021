//! Keys: the certificates that a machine keeps, the IMA keyring of its kernel, the keys by which signatures can be
//! verified here, and the keys that sign.

pub mod certificates;
pub mod held;
pub mod ima_keyring;
pub mod revocations;
#[cfg(feature = "cli")]
pub mod signing;
