//! Labels: the values of `security.ima`, and the digests, key ids and signatures in them.
//!
//! Whether a signature verifies is for the layer of keys: here it is bytes.

mod algorithm;
mod certificate;
mod digest;
mod key_id;
mod label;
mod signature;

pub use algorithm::HashAlgorithm;
pub use certificate::{
    CertificateError, OutOfDate, certificates_in, key_id_of, out_of_date, valid_since,
};
pub use digest::{Digest, Hasher, WrongLength};
pub use key_id::KeyId;
pub use label::Label;
pub use signature::{PAYLOAD_MAX, Signature, SignatureError};
