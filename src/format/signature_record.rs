//! A signature in a cache of signatures, as a record of fixed length.
//!
//! Big-endian, in this order: check (8 bytes), number u64, algorithm u8 (the kernel's number), zero u8, length of the
//! signature u16, key (32 bytes), digest (64 bytes), signature (512 bytes), the last two with zeros behind them. The check is
//! the first eight bytes of the SHA-256 of what follows it. Zeros alone are an empty record: what a disk holds where a power
//! cut left a file longer than what was written.

use super::ima::{Digest, HashAlgorithm};

/// Length of a record in bytes.
pub const RECORD_LEN: usize = SIGNATURE_AT + SIGNATURE_LEN_MAX;
/// Longest signature that a record holds, in bytes: that of RSA-4096, the longest that kernels verify.
pub const SIGNATURE_LEN_MAX: usize = 512;

const NUMBER_AT: usize = 8;
const ALGORITHM_AT: usize = 16;
const LENGTH_AT: usize = 18;
const KEY_AT: usize = 20;
const DIGEST_AT: usize = 52;
const SIGNATURE_AT: usize = 116;

/// The SHA-256 of a public key, as a certificate has it: the DER of its SubjectPublicKeyInfo.
///
/// SECURITY: not the key id, whose four bytes several keys may share.
pub type PublicKeyHash = [u8; 32];

/// The hash of a public key in DER.
#[must_use]
pub fn hash_of_public_key(der: &[u8]) -> PublicKeyHash {
    use sha2::Digest as _;
    sha2::Sha256::digest(der).into()
}

/// Which signature is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureName {
    /// The key that made it.
    pub key: PublicKeyHash,
    /// What it is over.
    pub digest: Digest,
}

/// A signature that was made before, as a cache claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureRecord {
    /// Counts the records in the order in which they were written.
    pub number: u64,
    /// Which signature it is.
    pub name: SignatureName,
    /// Not empty; at most [`SIGNATURE_LEN_MAX`] bytes.
    pub payload: Vec<u8>,
}

/// Bytes that were not written as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record is damaged")]
pub struct DamagedRecord;

impl SignatureRecord {
    /// Reads a record; none if it is empty.
    ///
    /// # Errors
    /// If its check is wrong, or what it covers is nothing that [`Self::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8; RECORD_LEN]) -> Result<Option<Self>, DamagedRecord> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let record = Self::read(bytes).ok_or(DamagedRecord)?;
        // What a check covers may still be written in two ways.
        match record.to_bytes() {
            Some(written) if written == *bytes => Ok(Some(record)),
            _ => Err(DamagedRecord),
        }
    }

    fn read(bytes: &[u8; RECORD_LEN]) -> Option<Self> {
        let number = u64::from_be_bytes(bytes[NUMBER_AT..ALGORITHM_AT].try_into().ok()?);
        let algorithm = HashAlgorithm::from_kernel_number(bytes[ALGORITHM_AT])?;
        let length = u16::from_be_bytes(bytes[LENGTH_AT..KEY_AT].try_into().ok()?);
        let key = bytes[KEY_AT..DIGEST_AT].try_into().ok()?;
        let digest = &bytes[DIGEST_AT..][..algorithm.digest_len()];
        let payload = bytes[SIGNATURE_AT..].get(..usize::from(length))?;
        Some(Self {
            number,
            name: SignatureName {
                key,
                digest: Digest::new(algorithm, digest).ok()?,
            },
            payload: payload.to_vec(),
        })
    }

    /// The record's bytes; none if its signature is empty or too long.
    #[must_use]
    pub fn to_bytes(&self) -> Option<[u8; RECORD_LEN]> {
        let length = self.payload.len();
        if length == 0 || length > SIGNATURE_LEN_MAX {
            return None;
        }
        let mut bytes = [0; RECORD_LEN];
        let mut put = |at: usize, value: &[u8]| bytes[at..][..value.len()].copy_from_slice(value);
        put(NUMBER_AT, &self.number.to_be_bytes());
        put(
            ALGORITHM_AT,
            &[self.name.digest.algorithm().kernel_number()],
        );
        put(LENGTH_AT, &u16::try_from(length).ok()?.to_be_bytes());
        put(KEY_AT, &self.name.key);
        put(DIGEST_AT, self.name.digest.as_bytes());
        put(SIGNATURE_AT, &self.payload);
        let check = Digest::of(HashAlgorithm::Sha256, &bytes[NUMBER_AT..]);
        bytes[..NUMBER_AT].copy_from_slice(&check.as_bytes()[..NUMBER_AT]);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(algorithm: HashAlgorithm, length: usize) -> SignatureRecord {
        SignatureRecord {
            number: 7,
            name: SignatureName {
                key: [3; 32],
                digest: Digest::of(algorithm, b"x"),
            },
            payload: vec![9; length],
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for algorithm in HashAlgorithm::ALL {
            for length in [1, 71, SIGNATURE_LEN_MAX] {
                let record = record(algorithm, length);
                let bytes = record.to_bytes().unwrap();
                assert_eq!(SignatureRecord::from_bytes(&bytes), Ok(Some(record)));
            }
        }
        for length in [0, SIGNATURE_LEN_MAX + 1] {
            assert_eq!(record(HashAlgorithm::Sha256, length).to_bytes(), None);
        }
        assert_eq!(SignatureRecord::from_bytes(&[0; RECORD_LEN]), Ok(None));
    }

    #[test]
    fn any_other_byte_is_damage() {
        let bytes = record(HashAlgorithm::Sha256, 256).to_bytes().unwrap();
        for at in 0..RECORD_LEN {
            let mut other = bytes;
            other[at] ^= 1;
            assert_eq!(SignatureRecord::from_bytes(&other), Err(DamagedRecord));
        }
    }
}
