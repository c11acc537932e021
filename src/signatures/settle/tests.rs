//! Genuine, forged and strange signatures compete for one content, in every order.

use std::sync::Arc;

use super::*;
use crate::dpkg::Stamp;
use crate::format::imasigs::{Entry, List};
use crate::format::package_path::PackagePath;
use crate::keys::held::sample::{self, SampleKey, digest, forged, genuine, key_id, strange};
use crate::signatures::{KNOWN_SIGNATURES_MAX, Segment};

const SIZE: u64 = sample::CONTENT.len() as u64;

fn entry(path: &str, signature: Signature) -> Entry {
    Entry {
        path: PackagePath::new(path.as_bytes()).unwrap(),
        size: SIZE,
        digest: digest(),
        signature,
        unknown: None,
    }
}

fn name(package: &str) -> PackageName {
    PackageName::new(package).unwrap()
}

/// A store, and the keys that are held.
struct Machine {
    store: Store,
    held: HeldKeys,
}

impl Machine {
    fn new() -> Self {
        let (store, held) = (Store::default(), sample::held());
        Self { store, held }
    }

    /// Takes in lists in one go; returns what is forged in them.
    fn take_in(&mut self, lists: &[(&str, Vec<Signature>)]) -> Vec<ForgedList> {
        let mut builder = Builder::default();
        for (package, signatures) in lists {
            let signatures = signatures.iter().enumerate();
            let entry = |(number, signature): (usize, &Signature)| {
                entry(&format!("usr/bin/{number:05}"), signature.clone())
            };
            let list = List::new(signatures.map(entry).collect());
            builder.add_list(&name(package), Stamp::default(), &list);
        }
        let forged = builder.settle(&self.store, &self.held, Verifying::Competing);
        let segment = Segment::from_bytes(builder.build()).unwrap();
        self.store.push(Arc::new(segment));
        forged
    }

    /// Signatures of the content, with whether they are known to be genuine.
    fn known(&self) -> Vec<(Signature, bool)> {
        let known = self.store.signatures_of(SIZE, &digest()).into_iter();
        let mut known: Vec<_> = known
            .map(|known| (known.signature, known.verified))
            .collect();
        known.dedup();
        known
    }
}

fn packages(forged: &[ForgedList]) -> Vec<&str> {
    forged
        .iter()
        .map(|forged| forged.package.as_str())
        .collect()
}

#[test]
fn where_nothing_competes_nothing_is_verified() {
    let mut machine = Machine::new();
    let same = || vec![genuine(SampleKey::A), genuine(SampleKey::A)];
    machine.take_in(&[("dash", same()), ("copy", same())]);
    machine.take_in(&[("later", same())]);
    assert_eq!(machine.held.verifications(), 0);
    assert_eq!(machine.known(), [(genuine(SampleKey::A), false)]);
}

#[test]
fn garbage_after_what_is_genuine() {
    let mut machine = Machine::new();
    machine.take_in(&[("dash", vec![genuine(SampleKey::A)])]);
    let said = machine.take_in(&[(
        "hostile",
        vec![forged(SampleKey::A, 1), forged(SampleKey::B, 1)],
    )]);
    assert_eq!(packages(&said), ["hostile", "hostile"]);
    assert_eq!(machine.known()[0], (genuine(SampleKey::A), true));
    let bad = |known: &(Signature, bool)| known.0 != genuine(SampleKey::A);
    assert!(!machine.known().iter().any(bad));
}

#[test]
fn garbage_before_what_is_genuine() {
    let mut machine = Machine::new();
    assert_eq!(
        machine.take_in(&[("hostile", vec![forged(SampleKey::A, 1)])]),
        []
    );
    machine.take_in(&[("dash", vec![genuine(SampleKey::A)])]);
    let known = machine.known();
    assert_eq!(known[0], (genuine(SampleKey::A), true));
    assert_eq!(known[1], (forged(SampleKey::A, 1), false));
}

#[test]
fn both_at_once_in_either_order() {
    for hostile in ["a", "z"] {
        let mut machine = Machine::new();
        let said = machine.take_in(&[
            ("dash", vec![genuine(SampleKey::A)]),
            (hostile, vec![forged(SampleKey::A, 1), strange(1)]),
        ]);
        assert_eq!(packages(&said), [hostile]);
        assert_eq!(said[0].path, b"usr/bin/00000");
        let known = machine.known();
        assert_eq!(known, [(genuine(SampleKey::A), true), (strange(1), false)]);
    }
}

#[test]
fn two_that_are_genuine_are_both_kept() {
    let mut machine = Machine::new();
    machine.take_in(&[
        ("a", vec![genuine(SampleKey::A)]),
        ("b", vec![genuine(SampleKey::B)]),
    ]);
    assert!(machine.known().iter().all(|known| known.1));
    assert_eq!(machine.known().len(), 2);
}

/// Before the keyring is filled all look alike; once it is, the next list of that content settles it.
#[test]
fn keys_that_come_later() {
    let mut machine = Machine::new();
    let keys = std::mem::take(&mut machine.held);
    machine.take_in(&[("hostile", vec![forged(SampleKey::A, 1)])]);
    machine.take_in(&[("dash", vec![genuine(SampleKey::A)])]);
    assert!(machine.known().iter().all(|known| !known.1));
    machine.held = keys;
    let lists = [
        ("dash", vec![genuine(SampleKey::A)]),
        ("hostile", vec![forged(SampleKey::A, 1)]),
    ];
    assert_eq!(packages(&machine.take_in(&lists)), ["hostile"]);
    assert_eq!(machine.known()[0], (genuine(SampleKey::A), true));
}

#[test]
fn many_in_one_list_are_bounded() {
    let mut machine = Machine::new();
    machine.take_in(&[("dash", vec![genuine(SampleKey::A)])]);
    let garbage: Vec<_> = (0..=255)
        .map(|number| forged(SampleKey::A, number))
        .collect();
    let said = machine.take_in(&[("hostile", garbage)]);
    assert_eq!(said[0].count, SIGNATURES_MAX);
    // And the one that was known.
    assert_eq!(machine.held.verifications(), SIGNATURES_MAX as u64 + 1);
    let genuine = |known: &(Signature, bool)| known.0 == genuine(SampleKey::A);
    assert!(machine.known().iter().all(genuine));
}

#[test]
fn many_packages_cost_one_verification_each() {
    let mut machine = Machine::new();
    machine.take_in(&[("dash", vec![genuine(SampleKey::A)])]);
    for number in 0..200 {
        machine.take_in(&[(
            &format!("hostile{number}"),
            vec![forged(SampleKey::A, number)],
        )]);
    }
    assert_eq!(machine.held.verifications(), 201);
}

/// By keys that nobody holds they cannot be told apart, and stay; what is looked at at an event does not grow.
#[test]
fn what_is_genuine_is_found_first_among_many() {
    let mut machine = Machine::new();
    for number in 0..100 {
        machine.take_in(&[(&format!("stranger{number}"), vec![strange(number)])]);
    }
    machine.take_in(&[("dash", vec![genuine(SampleKey::A)])]);
    for number in 100..200 {
        machine.take_in(&[(&format!("stranger{number}"), vec![strange(number)])]);
    }
    assert_eq!(machine.known().len(), KNOWN_SIGNATURES_MAX);
    assert_eq!(machine.known()[0], (genuine(SampleKey::A), true));
    assert_eq!(machine.held.verifications(), 1);
}

#[test]
fn all_are_verified_if_that_is_asked_for_and_by_several_threads() {
    let held = sample::held();
    let mut builder = Builder::default();
    for number in 0..=255 {
        let list = List::new(vec![entry("usr/bin/x", forged(SampleKey::B, number))]);
        builder.add_list(&name(&format!("hostile{number}")), Stamp::default(), &list);
    }
    let list = List::new(vec![entry("usr/bin/x", genuine(SampleKey::A))]);
    builder.add_list(&name("dash"), Stamp::default(), &list);
    let said = builder.settle(&Store::default(), &held, Verifying::All);
    assert_eq!(said.len(), 256);
    assert!(said.iter().all(|forged| forged.key == key_id(SampleKey::B)));
    assert_eq!((builder.len(), held.verifications()), (1, 257));
}

#[test]
fn what_is_said_names_package_path_and_key() {
    let mut forged = ForgedList {
        package: name("hostile"),
        key: KeyId(1),
        path: b"usr/bin/\x1bdash".to_vec(),
        count: 1,
    };
    let text = |forged: &ForgedList| forged.to_string();
    assert_eq!(
        text(&forged),
        r"package hostile: the signature of '/usr/bin/\033dash' does not verify under key 00000001: forged or damaged, and not taken in"
    );
    forged.count = 3;
    assert!(text(&forged).contains("' and of 2 more does not"));
}
