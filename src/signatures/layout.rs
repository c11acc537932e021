//! The layout of a segment: what each byte means. [`super::segment`] searches it, [`super::build`] writes it.
//!
//! Little-endian, in this order:
//! * header, 32 bytes: magic, version u32, lists u32, records u32, length of names u32, check u64;
//! * records, 96 bytes each, sorted by size, algorithm and digest, of one content those that were verified
//!   first: size u64, algorithm u8 (the kernel's number), 1 if verified u8, length of the value u16, list
//!   u32, offset of the value u64, digest 64 bytes, check u64;
//! * lists, 40 bytes each: offset and length of the name u32, the stamp's four numbers u64;
//! * the names, then the values of `security.ima`.
//!
//! A check is the first eight bytes of a SHA-256. The header's covers the header, the lists and the
//! names; a record's covers the record and its value, and is verified when the record is used:
//! opening a segment reads no values, and damage costs the records that it hit.

use std::cmp::Ordering;

use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, HashAlgorithm, Hasher};

pub(super) const MAGIC: [u8; 8] = *b"dpkg-ima";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER: usize = 32;
pub(super) const RECORD: usize = 96;
pub(super) const LIST: usize = 40;
/// Where a record's check begins.
pub(super) const RECORD_CHECK: usize = 88;
/// Where the header's check begins.
pub(super) const HEADER_CHECK: usize = 24;

/// A record's bytes; exactly [`RECORD`] of them.
pub(super) struct Record<'a>(pub(super) &'a [u8]);

impl Record<'_> {
    pub(super) fn size(&self) -> Option<u64> {
        number64(self.0, 0)
    }

    pub(super) fn algorithm(&self) -> Option<u8> {
        self.0.get(8).copied()
    }

    pub(super) fn verified(&self) -> bool {
        self.0.get(9) == Some(&1)
    }

    pub(super) fn value_len(&self) -> Option<usize> {
        let bytes = self.0.get(10..12)?.try_into().ok()?;
        Some(usize::from(u16::from_le_bytes(bytes)))
    }

    pub(super) fn list(&self) -> Option<usize> {
        number32(self.0, 12)
    }

    pub(super) fn value_offset(&self) -> Option<usize> {
        usize::try_from(number64(self.0, 16)?).ok()
    }

    pub(super) fn digest(&self) -> Option<Digest> {
        let algorithm = HashAlgorithm::from_kernel_number(self.algorithm()?)?;
        let bytes = self.0.get(24..24 + algorithm.digest_len())?;
        Digest::new(algorithm, bytes).ok()
    }

    /// Whether the record and its value are as they were written.
    pub(super) fn is_intact(&self, value: &[u8]) -> bool {
        self.0.get(RECORD_CHECK..) == Some(&check_of(&[&self.0[..RECORD_CHECK], value]))
    }

    /// Orders records as a segment has them, by size, algorithm and digest.
    pub(super) fn compare(&self, size: u64, digest: &Digest) -> Ordering {
        let wanted = digest.as_bytes();
        let key = (
            self.size(),
            self.algorithm(),
            self.0.get(24..24 + wanted.len()),
        );
        let number = digest.algorithm().kernel_number();
        key.cmp(&(Some(size), Some(number), Some(wanted)))
    }
}

pub(super) fn parse_list(row: &[u8], names: &[u8]) -> Option<(PackageName, Stamp)> {
    let start = number32(row, 0)?;
    let name = names.get(start..start.checked_add(number32(row, 4)?)?)?;
    let stamp = Stamp {
        seconds: i64::from_ne_bytes(number64(row, 8)?.to_ne_bytes()),
        nanoseconds: i64::from_ne_bytes(number64(row, 16)?.to_ne_bytes()),
        inode: number64(row, 24)?,
        size: number64(row, 32)?,
    };
    Some((
        PackageName::recorded(std::str::from_utf8(name).ok()?)?,
        stamp,
    ))
}

pub(super) fn number32(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn number64(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?.try_into().ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// The check over the pieces, as if they were one.
pub(super) fn check_of(pieces: &[&[u8]]) -> [u8; 8] {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    for piece in pieces {
        hasher.update(piece);
    }
    let digest = hasher.finish();
    *digest
        .as_bytes()
        .first_chunk()
        .expect("a SHA-256 has 32 bytes")
}
