//! Makes a segment, as [`super::layout`] describes it.

use std::collections::HashMap;
use std::ops::Range;

use super::KnownSignature;
use super::layout::{HEADER_CHECK, MAGIC, RECORD_CHECK, VERSION, check_of};
use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, Signature};
use crate::format::imasigs::List;

/// Collects lists for a segment.
#[derive(Debug, Default)]
pub struct Builder {
    lists: Vec<(PackageName, Stamp)>,
    /// Where each is in `lists`.
    indices: HashMap<(PackageName, Stamp), usize>,
    pub(super) records: Vec<NewRecord>,
    values: Vec<u8>,
    /// The paths of contents, for messages.
    paths: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct NewRecord {
    pub(super) size: u64,
    pub(super) digest: Digest,
    pub(super) list: usize,
    pub(super) verified: bool,
    offset: usize,
    len: usize,
    path: Range<usize>,
}

impl Builder {
    /// Whether no list was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// How many signatures were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds every entry of a list. The paths are for messages and do not get into the segment.
    pub fn add_list(&mut self, package: &PackageName, stamp: Stamp, list: &List) {
        let at = self.list_index(package, stamp);
        for entry in list.entries() {
            self.push(entry.size, entry.digest, at, &entry.signature, false);
            self.note_path(entry.path.as_bytes());
        }
    }

    /// Adds a list without its entries: the segment says that it was dealt with.
    pub fn add_name(&mut self, package: &PackageName, stamp: Stamp) {
        self.list_index(package, stamp);
    }

    /// Adds a signature that is in another segment.
    pub fn add(&mut self, size: u64, digest: Digest, known: &KnownSignature) {
        let at = self.list_index(&known.package, known.stamp);
        self.push(size, digest, at, &known.signature, known.verified);
    }

    /// The package from whose list a record is.
    pub(super) fn package(&self, record: &NewRecord) -> &PackageName {
        &self.lists[record.list].0
    }

    /// The path that its list has for it; empty if it is from a segment.
    pub(super) fn path(&self, record: &NewRecord) -> &[u8] {
        &self.paths[record.path.clone()]
    }

    /// The value of `security.ima`.
    pub(super) fn value(&self, record: &NewRecord) -> &[u8] {
        &self.values[record.offset..record.offset + record.len]
    }

    /// Sorts by content, and of one content by list and value, and leaves each signature of a list once; one that was
    /// verified, if it was added so.
    pub(super) fn sort(&mut self) {
        let values = &self.values;
        let value = |record: &NewRecord| &values[record.offset..record.offset + record.len];
        let order = |a: &NewRecord, b: &NewRecord| {
            let keys = a.key().cmp(&b.key()).then_with(|| value(a).cmp(value(b)));
            keys.then(b.verified.cmp(&a.verified))
        };
        self.records.sort_by(order);
        self.records
            .dedup_by(|a, b| a.key() == b.key() && value(a) == value(b));
    }

    fn list_index(&mut self, package: &PackageName, stamp: Stamp) -> usize {
        let list = (package.clone(), stamp);
        let lists = &mut self.lists;
        *self.indices.entry(list).or_insert_with_key(|list| {
            lists.push(list.clone());
            lists.len() - 1
        })
    }

    fn push(
        &mut self,
        size: u64,
        digest: Digest,
        list: usize,
        signature: &Signature,
        verified: bool,
    ) {
        let value = signature.to_bytes();
        self.records.push(NewRecord {
            size,
            digest,
            list,
            verified,
            offset: self.values.len(),
            len: value.len(),
            path: 0..0,
        });
        self.values.extend(value);
    }

    /// Notes the path of the record that was pushed last.
    fn note_path(&mut self, path: &[u8]) {
        if let Some(record) = self.records.last_mut() {
            record.path = self.paths.len()..self.paths.len() + path.len();
            self.paths.extend(path);
        }
    }

    /// The segment: sorted, and each signature of a list once.
    #[must_use]
    pub fn build(mut self) -> Vec<u8> {
        self.sort();
        self.records
            .sort_by_key(|record| (record.size, record.digest, !record.verified));

        let (rows, names) = self.encode_lists();
        let mut bytes = self.encode_header(names.len());
        bytes.extend(check_of(&[&bytes, &rows, &names]));
        for record in &self.records {
            let start = bytes.len();
            record.encode(&mut bytes);
            let check = check_of(&[&bytes[start..start + RECORD_CHECK], self.value(record)]);
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
        header.extend(encode32(self.lists.len()));
        header.extend(encode32(self.records.len()));
        header.extend(encode32(names));
        header
    }

    fn encode_lists(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut rows, mut names) = (Vec::new(), Vec::new());
        for (package, stamp) in &self.lists {
            let name = package.as_str().as_bytes();
            rows.extend(encode32(names.len()));
            rows.extend(encode32(name.len()));
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

    /// Appends all but the check.
    fn encode(&self, bytes: &mut Vec<u8>) {
        let mut digest = [0; 64];
        let known = self.digest.as_bytes();
        digest[..known.len()].copy_from_slice(known);
        let len = u16::try_from(self.len).expect("a signature is below 64 KiB");
        bytes.extend(self.size.to_le_bytes());
        bytes.extend([
            self.digest.algorithm().kernel_number(),
            u8::from(self.verified),
        ]);
        bytes.extend(len.to_le_bytes());
        bytes.extend(encode32(self.list));
        bytes.extend((self.offset as u64).to_le_bytes());
        bytes.extend(digest);
    }
}

fn encode32(number: usize) -> [u8; 4] {
    u32::try_from(number)
        .expect("lists, records and names are bounded far below 2^32")
        .to_le_bytes()
}

#[cfg(test)]
mod tests;
