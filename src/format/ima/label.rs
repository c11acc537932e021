//! The value of `security.ima`, version 2: encoding and decoding side by side.
//!
//! SPEC: `struct signature_v2_hdr` and `enum evm_ima_xattr_type`, `security/integrity/integrity.h`:
//! `03 02 hash_algo keyid(be32) size(be16) signature`.

use std::sync::Arc;

use super::{HashAlgorithm, KeyId};

/// `EVM_IMA_XATTR_DIGSIG`: the value is a signature.
const TYPE_SIGNATURE: u8 = 0x03;
/// `IMA_XATTR_DIGEST`: the value is an MD5 or SHA-1 hash.
const TYPE_HASH: u8 = 0x01;
/// `IMA_XATTR_DIGEST_NG`: the value is a hash, with its algorithm.
const TYPE_HASH_NG: u8 = 0x04;
/// Version 2; version 3 needs a kernel of 2026, and older ones refuse it.
const VERSION: u8 = 2;
/// Bytes before the signature proper.
const HEADER_LEN: usize = 9;

/// Longest signature that we carry, in bytes. RSA-4096 gives 512; the rest is room for later keys,
/// within the one 4 KiB block that ext4 has for a file's attributes.
pub const PAYLOAD_MAX: usize = 3500;

/// A signature by the key `key_id` over a digest by `algorithm`.
///
/// The payload is PKCS#1 v1.5 for RSA, and a DER `Ecdsa-Sig-Value` for ECDSA; nothing in the value
/// says which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The hash algorithm of the digest that was signed.
    pub algorithm: HashAlgorithm,
    /// The key that signed.
    pub key_id: KeyId,
    /// What the key made of the digest. Shared, as one signature often stands for many files.
    payload: Arc<[u8]>,
}

/// Why bytes are not a signature that a kernel would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The first byte says that it is something else.
    #[error("not a signature (type {0:#04x})")]
    Type(u8),
    /// A version that this program does not know.
    #[error("signature version {0} is not known")]
    Version(u8),
    /// A hash algorithm that this program does not know.
    #[error("hash algorithm number {0} is not known")]
    Algorithm(u8),
    /// Its own size field, or the limit, disagrees with its length.
    #[error("its size field says {declared} bytes, but {actual} follow")]
    Size {
        /// What the size field says.
        declared: usize,
        /// What there is.
        actual: usize,
    },
    /// No signature at all, or one over [`PAYLOAD_MAX`].
    #[error("a signature of {0} bytes is out of bounds")]
    Bounds(usize),
}

impl Signature {
    /// Joins the parts.
    ///
    /// # Errors
    /// [`SignatureError::Bounds`] if the payload is empty or over [`PAYLOAD_MAX`].
    pub fn new(
        algorithm: HashAlgorithm,
        key_id: KeyId,
        payload: &[u8],
    ) -> Result<Self, SignatureError> {
        if payload.is_empty() || payload.len() > PAYLOAD_MAX {
            return Err(SignatureError::Bounds(payload.len()));
        }
        Ok(Self {
            algorithm,
            key_id,
            payload: payload.into(),
        })
    }

    /// Decodes the value of `security.ima`.
    ///
    /// # Errors
    /// A [`SignatureError`] that says what the kernel, or this program, would not take.
    pub fn parse(value: &[u8]) -> Result<Self, SignatureError> {
        let cut = SignatureError::Size {
            declared: HEADER_LEN,
            actual: value.len(),
        };
        let kind = *value.first().ok_or(cut)?;
        if kind != TYPE_SIGNATURE {
            return Err(SignatureError::Type(kind));
        }
        let (header, payload) = value.split_first_chunk::<HEADER_LEN>().ok_or(cut)?;
        let [_, version, algorithm, k0, k1, k2, k3, s0, s1] = *header;
        if version != VERSION {
            return Err(SignatureError::Version(version));
        }
        let algorithm = HashAlgorithm::from_kernel_number(algorithm)
            .ok_or(SignatureError::Algorithm(algorithm))?;
        let declared = usize::from(u16::from_be_bytes([s0, s1]));
        // SPEC: the kernel answers EBADMSG unless these are equal (digsig_asymmetric.c).
        if declared != payload.len() {
            return Err(SignatureError::Size {
                declared,
                actual: payload.len(),
            });
        }
        Self::new(
            algorithm,
            KeyId(u32::from_be_bytes([k0, k1, k2, k3])),
            payload,
        )
    }

    /// Encodes it: the value to write to `security.ima`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let size = u16::try_from(self.payload.len()).expect("PAYLOAD_MAX is below 65536");
        let mut value = Vec::with_capacity(HEADER_LEN + self.payload.len());
        value.extend([TYPE_SIGNATURE, VERSION, self.algorithm.kernel_number()]);
        value.extend(self.key_id.0.to_be_bytes());
        value.extend(size.to_be_bytes());
        value.extend(&*self.payload);
        value
    }

    /// What the key made of the digest.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

/// What a file carries in `security.ima`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// No attribute, or an empty one.
    None,
    /// A hash, which a kernel writes by itself (`ima_appraise=fix`, FILE_CHECK rules): no signature.
    Hash,
    /// A signature of the form that we know.
    Signature(Signature),
    /// Anything else.
    Malformed(SignatureError),
}

impl Label {
    /// Decodes what was read from the attribute.
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

    fn sample() -> Signature {
        Signature::new(HashAlgorithm::Sha384, KeyId(0xa598_2554), &[1, 2, 3]).unwrap()
    }

    #[test]
    fn layout_is_the_kernels() {
        let bytes = [3, 2, 5, 0xa5, 0x98, 0x25, 0x54, 0, 3, 1, 2, 3];
        assert_eq!(sample().to_bytes(), bytes);
        assert_eq!(Signature::parse(&bytes), Ok(sample()));
    }

    /// rpm's own test package carries this header (rpm tests/rpmsigdig.at, imatest-1.0-1.fc34):
    /// P-256, so 0x48 bytes of DER.
    #[test]
    fn reads_the_header_of_rpms_test_package() {
        let mut value = vec![0x03, 0x02, 0x04, 0xa5, 0x98, 0x25, 0x54, 0x00, 0x48];
        value.extend([0x30; 0x48]);
        let signature = Signature::parse(&value).unwrap();
        assert_eq!(signature.key_id, KeyId(0xa598_2554));
        assert_eq!(signature.algorithm, HashAlgorithm::Sha256);
        assert_eq!(signature.payload().len(), 0x48);
    }

    #[test]
    fn refuses_what_the_kernel_refuses() {
        let good = sample().to_bytes();
        let with = |at: usize, byte: u8| {
            let mut value = good.clone();
            value[at] = byte;
            Signature::parse(&value).unwrap_err()
        };
        assert_eq!(with(0, 4), SignatureError::Type(4));
        assert_eq!(with(1, 3), SignatureError::Version(3));
        assert_eq!(with(2, 2), SignatureError::Algorithm(2));
        for length in 0..good.len() {
            assert!(Signature::parse(&good[..length]).is_err(), "{length}");
        }
        let longer = [good.as_slice(), &[0]].concat();
        let (declared, actual) = (3, 4);
        assert_eq!(
            Signature::parse(&longer),
            Err(SignatureError::Size { declared, actual })
        );
        let empty = [3, 2, 4, 0, 0, 0, 0, 0, 0];
        assert_eq!(Signature::parse(&empty), Err(SignatureError::Bounds(0)));
    }

    #[test]
    fn a_hash_is_not_a_signature() {
        assert_eq!(Label::parse(&[]), Label::None);
        assert_eq!(Label::parse(&[4, 4, 0]), Label::Hash);
        assert_eq!(Label::parse(&[1, 0]), Label::Hash);
        assert!(matches!(Label::parse(&[9]), Label::Malformed(_)));
        assert_eq!(
            Label::parse(&sample().to_bytes()),
            Label::Signature(sample())
        );
    }
}
