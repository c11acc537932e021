//! The four bytes by which a signature names its key.

use std::fmt;

/// The last four bytes of a certificate's subjectKeyIdentifier, big-endian.
///
/// SPEC: the kernel looks a key up by "id:%08x" and compares the last bytes of the identifiers that
/// the certificate brought (`security/integrity/digsig_asymmetric.c`,
/// `crypto/asymmetric_keys/asymmetric_type.c`). Two keys may have the same id: it is a name, not a
/// proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

impl KeyId {
    /// The id of a key with this subjectKeyIdentifier; none if that is shorter than four bytes.
    #[must_use]
    pub fn from_subject_key_identifier(identifier: &[u8]) -> Option<Self> {
        identifier
            .last_chunk::<4>()
            .map(|last| Self(u32::from_be_bytes(*last)))
    }

    /// Reads eight hexadecimal digits, as `/proc/keys` prints them.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| u32::from_str_radix(text, 16).ok().map(Self))?
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_last_four_bytes() {
        let id = KeyId::from_subject_key_identifier(&[9, 9, 0xde, 0xad, 0xbe, 0xef]);
        assert_eq!(id, Some(KeyId(0xdead_beef)));
        assert_eq!(KeyId::from_subject_key_identifier(&[1, 2, 3]), None);
    }

    #[test]
    fn hex_is_strict() {
        assert_eq!(KeyId::from_hex("00c0ffee"), Some(KeyId(0x00c0_ffee)));
        for bad in ["c0ffee", "+0c0ffee", "00c0ffee1", "00c0ffeg", ""] {
            assert_eq!(KeyId::from_hex(bad), None, "{bad:?}");
        }
    }
}
