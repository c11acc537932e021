//! Private keys in a token, by PKCS#11: an HSM, a smart card, a TPM, SoftHSM.
//!
//! A `module` is the shared library of the token's maker, which runs in this process. In it the `slot` of the token is found,
//! the user is logged in once (`login`), and the `key` is found. `sessions` hands each thread a session of its own, and logs
//! in once more if they are lost. `payload` is what the token is given, and what is made of its answer. `signer` has it all.
//!
//! SECURITY: a wrong PIN is never tried again: after a few tries a token locks itself. What the token signs is verified by the
//! certificate, as every signature is, and the first time before anything is read.
//!
//! SPEC: PKCS #11 Cryptographic Token Interface Base Specification 3.0, OASIS; the names are its.

mod error;
mod key;
mod login;
mod module;
mod payload;
mod sessions;
mod signer;
mod slot;

pub use error::TokenError;
pub(super) use signer::TokenSigner;
