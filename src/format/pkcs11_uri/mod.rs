//! PKCS#11 URIs, by which people name a key in a token: `pkcs11:token=mirror;object=ima?pin-source=file:/etc/pin`.
//!
//! SPEC: RFC 7512. What says which key, separated by `;`, comes before the `?`; what says how to reach it, separated by `&`,
//! behind it. Other than the RFC, which lets programs pass over attributes that they do not know, such an attribute is an
//! error: who names more wants another key.

mod error;
mod parse;

pub use error::{URI_MAX, UriError};
pub use parse::{Pkcs11Uri, is_pkcs11_uri};
