//! Segments that are built are found again, and damaged ones give nothing wrong.

use super::super::Segment;
use super::*;
use crate::format::ima::HashAlgorithm;
use crate::format::imasigs::sample::entry;

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
    let found = segment.signatures_of(content.len() as u64, &digest);
    found.map(|known| known.signature.key_id.0).collect()
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
        for (_, digest, known) in segment.all() {
            let content = known.signature.payload();
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
