//! A label: the value of `security.ima` on a file, whatever it is.

use super::{Signature, SignatureError};

/// `IMA_XATTR_DIGEST`: the value is an MD5 or SHA-1 hash.
const TYPE_HASH: u8 = 0x01;
/// `IMA_XATTR_DIGEST_NG`: the value is a hash, with its algorithm.
const TYPE_HASH_NG: u8 = 0x04;

/// The label of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// The file has no attribute `security.ima`, or an empty one.
    None,
    /// A hash, as the kernel writes by itself (`ima_appraise=fix`, FILE_CHECK rules).
    Hash,
    /// A signature, well-formed; whether it verifies is not known by that.
    Signature(Signature),
    /// Anything else, and why it is no signature.
    Malformed(SignatureError),
}

impl Label {
    /// Decodes the value of the attribute; a file without one has an empty value.
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        match value.first() {
            None => Self::None,
            Some(&(TYPE_HASH | TYPE_HASH_NG)) => Self::Hash,
            Some(_) => match Signature::parse(value) {
                Ok(signature) => Self::Signature(signature),
                Err(error) => Self::Malformed(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::{HashAlgorithm, KeyId};

    #[test]
    fn a_hash_is_not_a_signature() {
        assert_eq!(Label::parse(&[]), Label::None);
        assert_eq!(Label::parse(&[4, 4, 0]), Label::Hash);
        assert_eq!(Label::parse(&[1, 0]), Label::Hash);
        assert!(matches!(Label::parse(&[9]), Label::Malformed(_)));
        let signature = Signature::new(HashAlgorithm::Sha384, KeyId(7), &[1]).unwrap();
        let label = Label::parse(&signature.to_bytes());
        assert_eq!(label, Label::Signature(signature));
    }
}
