//! A segment of the signature store.
//!
//! Bytes that are no segment are refused; what one gives is found again by size and digest, and is in a segment built of
//! what it gave. Since its checks over the bytes would turn most inputs away, they are put right first, so that the searches
//! behind them are attacked too.

use dpkg_ima::format::ima::{HashAlgorithm, Hasher};
use dpkg_ima::signatures::{Builder, KNOWN_SIGNATURES_MAX, KnownSignature, Segment};

/// SPEC: `src/signatures/segment.rs`.
const HEADER: usize = 32;
const HEADER_CHECK: usize = 24;
const RECORD: usize = 96;
const RECORD_CHECK: usize = 88;
const LIST: usize = 40;

pub fn run(data: &[u8]) {
    for bytes in [Some(data.to_vec()), mended(data.to_vec())] {
        let segment = bytes.map(Segment::from_bytes);
        if let Some(Ok(segment)) = segment {
            check(&segment);
        }
    }
}

fn check(segment: &Segment) {
    let mut builder = Builder::default();
    let mut given = 0;
    for (size, digest, candidate) in segment.all() {
        given += 1;
        builder.add(size, digest, &candidate);
        // Nothing is promised of where an unsorted segment's records are found.
        segment.signatures_of(size, &digest).for_each(drop);
        segment.algorithms_of(size).for_each(drop);
    }
    assert!(given <= segment.len());
    let built = Segment::from_bytes(builder.build()).expect("what we write can be read");
    for (size, digest, candidate) in segment.all() {
        let found: Vec<_> = built.signatures_of(size, &digest).collect();
        // One that was verified takes the place of the same that was not.
        let same = |found: &KnownSignature| {
            found.signature == candidate.signature
                && (&found.package, found.stamp) == (&candidate.package, candidate.stamp)
        };
        let all = found.len() < KNOWN_SIGNATURES_MAX;
        assert!(!all || found.iter().any(same), "{candidate:?}");
        let known = built
            .algorithms_of(size)
            .any(|known| known == digest.algorithm());
        assert!(known, "{digest:?}");
    }
}

/// The bytes with right checks; none if they are too short for what their header says.
fn mended(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let number = |bytes: &[u8], at: usize| {
        let number = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(number)).ok()
    };
    let (lists, records) = (number(&bytes, 12)?, number(&bytes, 16)?);
    let table = HEADER + records * RECORD;
    let values = table + lists * LIST + number(&bytes, 20)?;
    let check = check_of(&[&bytes[..HEADER_CHECK], bytes.get(table..values)?]);
    bytes[HEADER_CHECK..HEADER].copy_from_slice(&check);
    for at in (HEADER..table).step_by(RECORD) {
        let length = usize::from(u16::from_le_bytes([bytes[at + 10], bytes[at + 11]]));
        let start = values + number(&bytes, at + 16)?;
        if let Some(value) = bytes.get(start..start + length) {
            let check = check_of(&[&bytes[at..at + RECORD_CHECK], value]);
            bytes[at + RECORD_CHECK..at + RECORD].copy_from_slice(&check);
        }
    }
    Some(bytes)
}

fn check_of(pieces: &[&[u8]]) -> [u8; 8] {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    pieces.iter().for_each(|piece| hasher.update(piece));
    *hasher
        .finish()
        .as_bytes()
        .first_chunk()
        .expect("a SHA-256 has 32 bytes")
}
