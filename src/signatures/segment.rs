//! One segment: the bytes, and the search in them. [`super::build`] writes what is read here.
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
//! names; a record's covers the record and its value, and is looked at when the record is used:
//! opening a segment reads only its start, and damage costs the records that it hit.

use std::cmp::Ordering;

use memmap2::Mmap;

use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, HashAlgorithm, Signature};

pub(super) const MAGIC: [u8; 8] = *b"dpkg-ima";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER: usize = 32;
pub(super) const RECORD: usize = 96;
pub(super) const LIST: usize = 40;
/// Where a record's check begins.
pub(super) const RECORD_CHECK: usize = 88;
/// Where the header's check begins.
pub(super) const HEADER_CHECK: usize = 24;

/// A segment is not one that this program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a segment of the signature store, or damaged")]
pub struct SegmentError;

/// A signature that some list has for the digest asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSignature {
    /// The value for `security.ima`.
    pub signature: Signature,
    /// The package whose list has it.
    pub package: PackageName,
    /// That list.
    pub stamp: Stamp,
    /// Whether it was verified when the list was taken in. It counts as long as its key is held.
    pub verified: bool,
}

/// So many signatures for one content are looked at, those that were verified first: what a guard does at an event must
/// not grow with the number of packages.
pub const KNOWN_SIGNATURES_MAX: usize = 64;

/// Where the bytes are.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// A sorted, immutable set of signatures.
#[derive(Debug)]
pub struct Segment {
    bytes: Bytes,
    records: usize,
    lists: Vec<(PackageName, Stamp)>,
    values: usize,
}

impl Segment {
    /// A segment in memory.
    ///
    /// # Errors
    /// If the bytes are none.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SegmentError> {
        Self::open(Bytes::Owned(bytes))
    }

    /// A segment that is mapped.
    ///
    /// # Errors
    /// If the bytes are none.
    pub fn from_map(map: Mmap) -> Result<Self, SegmentError> {
        Self::open(Bytes::Mapped(map))
    }

    fn open(bytes: Bytes) -> Result<Self, SegmentError> {
        let number = |at| number32(&bytes, at).ok_or(SegmentError);
        if bytes.get(..8) != Some(&MAGIC[..]) || number(8)? != VERSION as usize {
            return Err(SegmentError);
        }
        let (lists, records, names) = (number(12)?, number(16)?, number(20)?);
        // Three numbers below 2^32 times small constants: no overflow in 64 bits.
        let table = HEADER + records * RECORD;
        let text = table + lists * LIST;
        let values = text + names;
        let checked = bytes.get(table..values).ok_or(SegmentError)?;
        let check = check_of(&[&bytes[..HEADER_CHECK], checked]);
        if bytes[HEADER_CHECK..HEADER] != check {
            return Err(SegmentError);
        }
        let (rows, text) = checked.split_at(text - table);
        let lists = rows.chunks_exact(LIST).map(|row| parse_list(row, text));
        let lists = lists.collect::<Option<Vec<_>>>().ok_or(SegmentError)?;
        Ok(Self {
            records,
            lists,
            values,
            bytes,
        })
    }

    /// The lists that it was made from.
    #[must_use]
    pub fn lists(&self) -> &[(PackageName, Stamp)] {
        &self.lists
    }

    /// How many signatures it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.records
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The whole segment, as [`Segment::from_bytes`] takes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Which algorithms the digests of contents of that size are by. None: no such content is known.
    pub fn algorithms_of(&self, size: u64) -> impl Iterator<Item = HashAlgorithm> + '_ {
        let start = self.first(move |record| record.size().cmp(&Some(size)));
        let known = self
            .record(start)
            .is_some_and(|record| record.size() == Some(size));
        let algorithms = if known { &HashAlgorithm::ALL[..] } else { &[] };
        algorithms.iter().copied().filter(move |algorithm| {
            let key = (Some(size), Some(algorithm.kernel_number()));
            let at = self.first(|record| (record.size(), record.algorithm()).cmp(&key));
            let found = self.record(at);
            found.is_some_and(|record| (record.size(), record.algorithm()) == key)
        })
    }

    /// The signatures that lists have for that content, at most [`KNOWN_SIGNATURES_MAX`].
    pub fn signatures_of<'a>(
        &'a self,
        size: u64,
        digest: &'a Digest,
    ) -> impl Iterator<Item = KnownSignature> + 'a {
        let records = self.records_of(size, digest);
        records.filter_map(|record| self.known_signature(&record))
    }

    /// Whether there is a signature for that content with other bytes than these.
    #[must_use]
    pub fn has_other(&self, size: u64, digest: &Digest, value: &[u8]) -> bool {
        let mut records = self.records_of(size, digest);
        records.any(|record| self.value(&record) != Some(value))
    }

    fn records_of<'a>(
        &'a self,
        size: u64,
        digest: &'a Digest,
    ) -> impl Iterator<Item = Record<'a>> + 'a {
        let start = self.first(move |record| record.compare(size, digest));
        let end = self.records.min(start.saturating_add(KNOWN_SIGNATURES_MAX));
        (start..end)
            .map_while(|at| self.record(at))
            .take_while(move |record| record.compare(size, digest).is_eq())
    }

    /// Every record whose list is kept, as `(size, digest, signature)`.
    pub fn all(&self) -> impl Iterator<Item = (u64, Digest, KnownSignature)> + '_ {
        (0..self.records).filter_map(|at| {
            let record = self.record(at)?;
            Some((
                record.size()?,
                record.digest()?,
                self.known_signature(&record)?,
            ))
        })
    }

    /// Index of the first record that does not compare less.
    fn first(&self, compare: impl Fn(&Record<'_>) -> Ordering) -> usize {
        let (mut low, mut high) = (0, self.records);
        while low < high {
            let middle = low.midpoint(high);
            match self.record(middle).map(|record| compare(&record)) {
                Some(Ordering::Less) => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    fn record(&self, at: usize) -> Option<Record<'_>> {
        let start = HEADER + at * RECORD;
        (at < self.records).then(|| self.bytes.get(start..start + RECORD).map(Record))?
    }

    /// The signature of a record; none if the record or its value is damaged.
    fn known_signature(&self, record: &Record<'_>) -> Option<KnownSignature> {
        let value = self.value(record)?;
        let check = check_of(&[&record.0[..RECORD_CHECK], value]);
        let (package, stamp) = self.lists.get(record.list()?)?;
        (record.0[RECORD_CHECK..] == check).then(|| {
            Some(KnownSignature {
                signature: Signature::parse(value).ok()?,
                package: package.clone(),
                stamp: *stamp,
                verified: record.verified(),
            })
        })?
    }

    fn value(&self, record: &Record<'_>) -> Option<&[u8]> {
        let start = self.values.checked_add(record.value_offset()?)?;
        self.bytes
            .get(start..start.checked_add(record.value_len()?)?)
    }
}

/// A record's bytes; exactly [`RECORD`] of them.
struct Record<'a>(&'a [u8]);

impl Record<'_> {
    fn size(&self) -> Option<u64> {
        number64(self.0, 0)
    }

    fn algorithm(&self) -> Option<u8> {
        self.0.get(8).copied()
    }

    fn verified(&self) -> bool {
        self.0.get(9) == Some(&1)
    }

    fn value_len(&self) -> Option<usize> {
        let bytes = self.0.get(10..12)?.try_into().ok()?;
        Some(usize::from(u16::from_le_bytes(bytes)))
    }

    fn list(&self) -> Option<usize> {
        number32(self.0, 12)
    }

    fn value_offset(&self) -> Option<usize> {
        usize::try_from(number64(self.0, 16)?).ok()
    }

    fn digest(&self) -> Option<Digest> {
        let algorithm = HashAlgorithm::from_kernel_number(self.algorithm()?)?;
        let bytes = self.0.get(24..24 + algorithm.digest_len())?;
        Digest::new(algorithm, bytes).ok()
    }

    fn compare(&self, size: u64, digest: &Digest) -> Ordering {
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

fn parse_list(row: &[u8], names: &[u8]) -> Option<(PackageName, Stamp)> {
    let start = number32(row, 0)?;
    let name = names.get(start..start.checked_add(number32(row, 4)?)?)?;
    let stamp = Stamp {
        seconds: number64(row, 8)?.cast_signed(),
        nanoseconds: number64(row, 16)?.cast_signed(),
        inode: number64(row, 24)?,
        size: number64(row, 32)?,
    };
    Some((
        PackageName::recorded(std::str::from_utf8(name).ok()?)?,
        stamp,
    ))
}

fn number32(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn number64(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?.try_into().ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// The first eight bytes of the SHA-256 over the pieces.
pub(super) fn check_of(pieces: &[&[u8]]) -> [u8; 8] {
    let mut hasher = crate::format::ima::Hasher::new(HashAlgorithm::Sha256);
    for piece in pieces {
        hasher.update(piece);
    }
    let digest = hasher.finish();
    *digest
        .as_bytes()
        .first_chunk()
        .expect("a SHA-256 has 32 bytes")
}
