//! The held keys: those by which signatures can be verified on this machine, and the verifying.
//!
//! Held are the keys in the IMA keyring, or, where that has none yet and for a system that is not running, those of the
//! certificates in `/etc/keys/ima`. The kernel verifies: by the key that IMA has; where that key is out of our reach,
//! by the certificate of the same id, which is loaded into a keyring of this process.
//!
//! SECURITY: a key id is four bytes that anybody can write. It says which key to ask, and nothing else.

mod answers;
mod authenticity;
mod held_keys;
mod key;
mod private;
#[cfg(test)]
pub mod sample;
#[cfg(test)]
mod tests;

pub use authenticity::{Authenticity, Verify};
pub use held_keys::HeldKeys;
