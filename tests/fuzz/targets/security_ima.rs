//! The value of `security.ima`.
//!
//! What is taken for a signature is, written again, the same bytes: what the kernel gets is what was looked at.

use dpkg_ima::format::ima::{Label, Signature};

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    let parsed = Signature::parse(data);
    match &parsed {
        Ok(signature) => assert_eq!(signature.to_bytes(), data),
        Err(error) => assert_plain(error),
    }
    match Label::parse(data) {
        Label::None => assert!(data.is_empty()),
        Label::Signature(signature) => assert_eq!(parsed.as_ref(), Ok(&signature)),
        Label::Malformed(error) => assert_eq!(parsed.as_ref(), Err(&error)),
        _ => assert!(parsed.is_err()),
    }
}
