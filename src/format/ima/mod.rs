//! What stands in `security.ima`: digests, key ids and the signature that joins them.
//!
//! Bytes and types only. Who made a signature, and whether it is trusted, is for [`crate::keys::signing`].

mod certificate;
mod digest;
mod key_id;
mod label;

pub use certificate::{CertificateError, certificates_in, key_id_of};
pub use digest::{Digest, HashAlgorithm, Hasher, WrongLength};
pub use key_id::KeyId;
pub use label::{Label, PAYLOAD_MAX, Signature, SignatureError};
