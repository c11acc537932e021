//! A signature as it is in `security.ima`, version 2: encoded and decoded.
//!
//! SPEC: `struct signature_v2_hdr` and `enum evm_ima_xattr_type`, `security/integrity/integrity.h`:
//! `03 02 hash_algo keyid(be32) size(be16) signature`.

use std::sync::Arc;

use super::{HashAlgorithm, KeyId};

/// `EVM_IMA_XATTR_DIGSIG`: the value is a signature.
const TYPE_SIGNATURE: u8 = 0x03;
/// Version 2. Version 3 needs a kernel of 2026; older ones refuse it.
const VERSION: u8 = 2;
/// Length in bytes of what comes before the payload.
const HEADER_LEN: usize = 9;

/// Longest payload that we carry, in bytes. RSA-4096 gives 512; the rest is room for later keys,
/// within the one 4 KiB block that ext4 has for a file's attributes.
pub const PAYLOAD_MAX: usize = 3500;

/// A signature by the key `key_id` over a digest by `algorithm`.
///
/// The payload is PKCS#1 v1.5 for RSA, and a DER `Ecdsa-Sig-Value` for ECDSA. Nothing in the value says which: only the
/// key tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The hash algorithm of the digest that was signed.
    pub algorithm: HashAlgorithm,
    /// The key that it says it was made with. Anybody can write that: it is no proof.
    pub key_id: KeyId,
    /// Shared, as one signature often is that of many files.
    payload: Arc<[u8]>,
}

/// Why bytes are no signature that a kernel would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The first byte is that of another type of label.
    #[error("not a signature (type {0:#04x})")]
    Type(u8),
    /// A version that this program does not know.
    #[error("signature version {0} is not known")]
    Version(u8),
    /// A hash algorithm that this program does not know.
    #[error("hash algorithm number {0} is not known")]
    Algorithm(u8),
    /// The size field, or the length of a header, differs from the length of the value.
    #[error("its size field says {declared} bytes, but {actual} follow")]
    Size {
        /// Bytes that there should be.
        declared: usize,
        /// Bytes that there are.
        actual: usize,
    },
    /// The payload is empty or over [`PAYLOAD_MAX`].
    #[error("a signature of {0} bytes is out of bounds")]
    Bounds(usize),
    /// The signature is over a digest of another algorithm than the one that it stands beside.
    #[error("over {signed}, but the digest is {listed}")]
    OtherAlgorithm {
        /// The algorithm in the signature.
        signed: HashAlgorithm,
        /// The algorithm of the digest.
        listed: HashAlgorithm,
    },
}

impl Signature {
    /// A signature of these parts; nothing is verified.
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
    /// If the kernel, or this program, would not take it.
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

    /// Decodes a value that stands beside a digest by `listed`.
    ///
    /// # Errors
    /// As of [`Self::parse`], or if it is over a digest of another algorithm.
    pub fn parse_beside(value: &[u8], listed: HashAlgorithm) -> Result<Self, SignatureError> {
        let signature = Self::parse(value)?;
        let signed = signature.algorithm;
        match signed == listed {
            true => Ok(signature),
            false => Err(SignatureError::OtherAlgorithm { signed, listed }),
        }
    }

    /// Encodes the value to write to `security.ima`. [`Self::parse`] gives the same signature again.
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

    /// What the key made of the digest, without the header.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
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
}
