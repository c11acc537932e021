//! Keys: the certificates that a machine keeps, the keyring that its kernel verifies with, and who signs.

pub mod certificates;
pub mod held;
pub mod ima_keyring;
#[cfg(feature = "cli")]
pub mod signing;
