//! One segment: a sorted, immutable set of signatures, searched where it lies.

use std::cmp::Ordering;

use memmap2::Mmap;

use super::layout::{
    HEADER, HEADER_CHECK, LIST, MAGIC, RECORD, Record, VERSION, check_of, number32, parse_list,
};
use super::sizes::Sizes;
use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, HashAlgorithm, Signature};

/// The bytes are no segment that this program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a segment of the signature store, or damaged")]
pub struct SegmentError;

/// A signature that a list has for a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSignature {
    /// The value for `security.ima`.
    pub signature: Signature,
    /// The package whose list has it.
    pub package: PackageName,
    /// Tells that list from others of the package, and orders them by age.
    pub stamp: Stamp,
    /// Whether it was verified when the list was taken in. It counts as long as its key is held.
    pub verified: bool,
}

/// Most signatures of one content that are considered, those that were verified first: the work of a guard at an event
/// must not grow with the number of packages.
pub const KNOWN_SIGNATURES_MAX: usize = 64;

#[derive(Debug)]
enum Bytes {
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

/// Signatures by size and digest of their contents. [`super::layout`] says what the bytes mean.
#[derive(Debug)]
pub struct Segment {
    bytes: Bytes,
    /// How many.
    records: usize,
    sizes: Sizes,
    lists: Vec<(PackageName, Stamp)>,
    /// Where the values begin.
    values: usize,
}

impl Segment {
    /// A segment in memory.
    ///
    /// # Errors
    /// If the bytes are no segment.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SegmentError> {
        Self::open(Bytes::Owned(bytes))
    }

    /// A segment that is mapped from a file.
    ///
    /// # Errors
    /// If the bytes are no segment.
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
        let sizes = bytes[HEADER..table].chunks_exact(RECORD).map(Record);
        Ok(Self {
            records,
            sizes: Sizes::of(sizes),
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

    /// Whether it holds no signature; it may have lists all the same.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The whole segment, as [`Segment::from_bytes`] takes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// By which algorithms contents of that size are signed; none if none is. Answered from memory: the mapped file is
    /// not touched.
    pub fn algorithms_of(&self, size: u64) -> impl Iterator<Item = HashAlgorithm> + '_ {
        self.sizes.algorithms_of(size)
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

    /// Whether there is a signature for that content with another value than each of these.
    #[must_use]
    pub fn has_other(&self, size: u64, digest: &Digest, values: &[impl AsRef<[u8]>]) -> bool {
        let mut records = self.records_of(size, digest);
        records.any(|record| {
            let found = self.value(&record);
            !values.iter().any(|value| found == Some(value.as_ref()))
        })
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
        let (package, stamp) = self.lists.get(record.list()?)?;
        if !record.is_intact(value) {
            return None;
        }
        Some(KnownSignature {
            signature: Signature::parse(value).ok()?,
            package: package.clone(),
            stamp: *stamp,
            verified: record.verified(),
        })
    }

    fn value(&self, record: &Record<'_>) -> Option<&[u8]> {
        let start = self.values.checked_add(record.value_offset()?)?;
        self.bytes
            .get(start..start.checked_add(record.value_len()?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::imasigs::{List, sample};
    use crate::signatures::Builder;

    /// Where the file lies on a disk that hangs, whoever touches it waits.
    #[test]
    fn sizes_are_known_without_the_file() {
        let mut builder = Builder::default();
        let list = List::new(vec![sample::entry("x", b"content", 1)]);
        builder.add_list(&PackageName::new("p").unwrap(), Stamp::default(), &list);
        let mut segment = Segment::from_bytes(builder.build()).unwrap();
        segment.bytes = Bytes::Owned(Vec::new());
        let found: Vec<_> = segment.algorithms_of(7).collect();
        assert_eq!(found, [HashAlgorithm::Sha256]);
        assert_eq!(segment.algorithms_of(8).count(), 0);
    }
}
