//! What stands in `security.ima`: digests, key ids and the signature that joins them.
//!
//! Bytes and types only. Who made a signature, and whether it is trusted, is for [`crate::keys`].

mod certificate;
mod digest;
mod ima;
mod key_id;

pub use certificate::{CertificateError, certificates_in, key_id_of};
pub use digest::{Digest, HashAlgorithm, Hasher, WrongLength};
pub use ima::{Label, PAYLOAD_MAX, Signature, SignatureError};
pub use key_id::KeyId;
