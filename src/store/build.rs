//! Makes a segment. [`super::segment`] describes the layout and reads it.

use std::collections::HashMap;

use super::segment::{HEADER_CHECK, MAGIC, RECORD_CHECK, VERSION, check_of};
use crate::dpkg::{PackageName, Stamp};
use crate::imasigs::List;
use crate::signature::{Digest, Signature};

/// Collects lists for a segment.
#[derive(Debug, Default)]
pub struct Builder {
    lists: Vec<(PackageName, Stamp)>,
    /// Where each is in `lists`.
    indices: HashMap<(PackageName, Stamp), usize>,
    records: Vec<NewRecord>,
    values: Vec<u8>,
}

#[derive(Debug)]
struct NewRecord {
    size: u64,
    digest: Digest,
    list: usize,
    offset: usize,
    len: usize,
}

impl Builder {
    /// Whether no list was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// How many signatures were added.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds every entry of a list.
    pub fn add_list(&mut self, package: &PackageName, stamp: Stamp, list: &List) {
        let at = self.list_index(package, stamp);
        for entry in list.entries() {
            self.push(entry.size, entry.digest, at, &entry.signature);
        }
    }

    /// Notes that a list was dealt with, though it may have no entries.
    pub fn add_name(&mut self, package: &PackageName, stamp: Stamp) {
        self.list_index(package, stamp);
    }

    /// Adds one signature of a list.
    pub fn add(
        &mut self,
        (package, stamp): (&PackageName, Stamp),
        size: u64,
        digest: Digest,
        signature: &Signature,
    ) {
        let at = self.list_index(package, stamp);
        self.push(size, digest, at, signature);
    }

    fn list_index(&mut self, package: &PackageName, stamp: Stamp) -> usize {
        let list = (package.clone(), stamp);
        let lists = &mut self.lists;
        *self.indices.entry(list).or_insert_with_key(|list| {
            lists.push(list.clone());
            lists.len() - 1
        })
    }

    fn push(&mut self, size: u64, digest: Digest, list: usize, signature: &Signature) {
        let value = signature.to_bytes();
        self.records.push(NewRecord {
            size,
            digest,
            list,
            offset: self.values.len(),
            len: value.len(),
        });
        self.values.extend(value);
    }

    /// The segment: sorted, and each signature of a list once.
    #[must_use]
    pub fn build(mut self) -> Vec<u8> {
        let values = &self.values;
        let value = |record: &NewRecord| &values[record.offset..record.offset + record.len];
        self.records
            .sort_by(|a, b| a.key().cmp(&b.key()).then_with(|| value(a).cmp(value(b))));
        self.records
            .dedup_by(|a, b| a.key() == b.key() && value(a) == value(b));

        let (rows, names) = self.encode_lists();
        let mut bytes = self.encode_header(names.len());
        bytes.extend(check_of(&[&bytes, &rows, &names]));
        for record in &self.records {
            let start = bytes.len();
            record.encode(&mut bytes);
            let check = check_of(&[&bytes[start..start + RECORD_CHECK], value(record)]);
            bytes.extend(check);
        }
        bytes.extend(rows);
        bytes.extend(names);
        bytes.extend(&self.values);
        bytes
    }

    fn encode_header(&self, names: usize) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_CHECK);
        header.extend(MAGIC);
        header.extend(VERSION.to_le_bytes());
        header.extend(number32(self.lists.len()));
        header.extend(number32(self.records.len()));
        header.extend(number32(names));
        header
    }

    fn encode_lists(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut rows, mut names) = (Vec::new(), Vec::new());
        for (package, stamp) in &self.lists {
            let name = package.as_str().as_bytes();
            rows.extend(number32(names.len()));
            rows.extend(number32(name.len()));
            rows.extend(stamp.seconds.to_le_bytes());
            rows.extend(stamp.nanoseconds.to_le_bytes());
            rows.extend(stamp.inode.to_le_bytes());
            rows.extend(stamp.size.to_le_bytes());
            names.extend(name);
        }
        (rows, names)
    }
}

impl NewRecord {
    const fn key(&self) -> (u64, Digest, usize) {
        (self.size, self.digest, self.list)
    }

    /// All but the check.
    fn encode(&self, bytes: &mut Vec<u8>) {
        let mut digest = [0; 64];
        let known = self.digest.as_bytes();
        digest[..known.len()].copy_from_slice(known);
        let len = u16::try_from(self.len).expect("a signature is below 64 KiB");
        bytes.extend(self.size.to_le_bytes());
        bytes.extend([self.digest.algorithm().kernel_number(), 0]);
        bytes.extend(len.to_le_bytes());
        bytes.extend(number32(self.list));
        bytes.extend((self.offset as u64).to_le_bytes());
        bytes.extend(digest);
    }
}

fn number32(number: usize) -> [u8; 4] {
    u32::try_from(number)
        .expect("lists, records and names are bounded far below 2^32")
        .to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::Segment;
    use super::*;
    use crate::imasigs::Entry;
    use crate::package_path::PackagePath;
    use crate::signature::{HashAlgorithm, KeyId};

    fn entry(path: &str, content: &[u8], key: u32) -> Entry {
        let algorithm = HashAlgorithm::Sha256;
        Entry {
            path: PackagePath::new(path.as_bytes()).unwrap(),
            size: content.len() as u64,
            digest: Digest::of(algorithm, content),
            signature: Signature::new(algorithm, KeyId(key), content).unwrap(),
            unknown: None,
        }
    }

    fn sample() -> Vec<u8> {
        let stamp = |seconds| Stamp {
            seconds,
            ..Stamp::default()
        };
        let mut builder = Builder::default();
        let first = List::new(vec![
            entry("a", b"same", 1),
            entry("b", b"same", 1),
            entry("c", b"longer", 1),
        ]);
        let second = List::new(vec![entry("a", b"same", 2), entry("d", b"else", 2)]);
        builder.add_list(&PackageName::new("first").unwrap(), stamp(10), &first);
        builder.add_list(&PackageName::new("second").unwrap(), stamp(-20), &second);
        builder.build()
    }

    fn keys(segment: &Segment, content: &[u8]) -> Vec<u32> {
        let digest = Digest::of(HashAlgorithm::Sha256, content);
        let found = segment.candidates(content.len() as u64, &digest);
        found
            .map(|candidate| candidate.signature.key_id.0)
            .collect()
    }

    #[test]
    fn what_was_added_is_found() {
        let segment = Segment::from_bytes(sample()).unwrap();
        assert_eq!(segment.len(), 4);
        assert_eq!(keys(&segment, b"same"), [1, 2]);
        assert_eq!(keys(&segment, b"else"), [2]);
        assert_eq!(keys(&segment, b"longer"), [1]);
        assert!(keys(&segment, b"none").is_empty());
        assert_eq!(
            segment.algorithms_of(4).collect::<Vec<_>>(),
            [HashAlgorithm::Sha256]
        );
        assert_eq!(segment.algorithms_of(5).count(), 0);
        assert_eq!(segment.lists()[1].1.seconds, -20);
        assert_eq!(segment.all().count(), 4);
    }

    /// Any byte turned over: the segment is refused, or only right signatures are given.
    #[test]
    fn damage_never_gives_a_wrong_signature() {
        let good = sample();
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 0xff;
            let Ok(segment) = Segment::from_bytes(bytes) else {
                continue;
            };
            for (_, digest, candidate) in segment.all() {
                let content = candidate.signature.payload();
                assert_eq!(digest, Digest::of(HashAlgorithm::Sha256, content), "{at}");
            }
        }
        for length in 0..good.len() {
            if let Ok(segment) = Segment::from_bytes(good[..length].to_vec()) {
                assert!(
                    segment.all().count() < 4 || length == good.len(),
                    "{length}"
                );
            }
        }
    }
}
