//! Verified by this machine's kernel.

use std::collections::BTreeSet;

use super::Authenticity::{Forged, Genuine, Unknown};
use super::private::PrivateKeyring;
use super::sample::{self, SampleKey, certificate, digest, forged, genuine, strange};
use super::{Authenticity, HeldKeys, Verify};
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::keys::certificates::Certificate;
use crate::keys::ima_keyring::KernelKey;

#[test]
fn the_kernel_tells_genuine_from_forged_and_does_not_guess() {
    let held = sample::held();
    assert_eq!(held.verify(&genuine(SampleKey::A), &digest()), Genuine);
    assert_eq!(held.verify(&genuine(SampleKey::B), &digest()), Genuine);
    assert_eq!(held.verify(&forged(SampleKey::A, 1), &digest()), Forged);
    assert_eq!(held.verify(&strange(1), &digest()), Unknown);
    // Of another content, and of a length that no RSA signature has.
    let other = Digest::of(HashAlgorithm::Sha256, b"other");
    assert_eq!(held.verify(&genuine(SampleKey::A), &other), Forged);
    for length in [1, 127, 129, 256, 3000] {
        let id = sample::key_id(SampleKey::A);
        let odd = Signature::new(HashAlgorithm::Sha256, id, &vec![1; length]).unwrap();
        assert_eq!(held.verify(&odd, &digest()), Forged, "{length}");
    }
    // Over the digest of another algorithm than the signature's.
    let longer = Digest::of(HashAlgorithm::Sha512, sample::CONTENT);
    assert_eq!(held.verify(&genuine(SampleKey::A), &longer), Unknown);
}

#[test]
fn threads_that_come_later_verify_too() {
    let held = sample::held();
    let verify = || held.verify(&genuine(SampleKey::A), &digest());
    let there = std::thread::scope(|scope| scope.spawn(verify).join().unwrap());
    assert_eq!(there, Genuine);
}

/// A guard's threads are there before it learns of new keys.
#[test]
fn threads_that_were_there_before_verify_too() {
    let (sender, receiver) = std::sync::mpsc::channel::<HeldKeys>();
    let before = std::thread::spawn(move || {
        let held = receiver.recv().unwrap();
        held.verify(&genuine(SampleKey::A), &digest())
    });
    let held = sample::held();
    sender.send(held.clone()).unwrap();
    assert_eq!(before.join().unwrap(), Genuine);
}

#[test]
fn an_answer_costs_one_verification() {
    let held = sample::held();
    for _ in 0..3 {
        assert_eq!(held.verify(&forged(SampleKey::A, 1), &digest()), Forged);
    }
    assert_eq!(held.verify(&strange(1), &digest()), Unknown);
    assert_eq!(held.verifications(), 1);
}

/// What the keyring holds counts, not what certificates say; those help where the kernel does not let us use its key.
#[test]
fn the_kernels_keyring_says_what_is_held() {
    let Certificate { key_id: id, der } = certificate(SampleKey::A);
    let (_keyring, keys) = PrivateKeyring::load([der.as_slice()]).unwrap();
    let both = [certificate(SampleKey::A), certificate(SampleKey::B)];
    let held = HeldKeys::of_members(&keys, &both);
    assert!(held.holds(id) && !held.holds(both[1].key_id));
    assert_eq!(held.verify(&genuine(SampleKey::A), &digest()), Genuine);
    assert_eq!(held.verify(&genuine(SampleKey::B), &digest()), Unknown);

    let out_of_reach = [KernelKey {
        serial: i32::MAX,
        ..keys[0].clone()
    }];
    let held = HeldKeys::of_members(&out_of_reach, &both);
    assert_eq!(held.verify(&genuine(SampleKey::A), &digest()), Genuine);
    assert_eq!(held.verify(&forged(SampleKey::A, 1), &digest()), Forged);
    let held = HeldKeys::of_members(&out_of_reach, &[]);
    assert_eq!(held.verify(&genuine(SampleKey::A), &digest()), Unknown);
    assert_eq!(held.verify(&forged(SampleKey::A, 1), &digest()), Unknown);
}

/// Says that all is forged.
struct Denier;

impl Verify for Denier {
    fn verify(&self, _: &Signature, _: &Digest) -> Authenticity {
        Forged
    }
}

#[test]
fn whoever_backs_the_kernel_is_asked_only_where_it_cannot_tell() {
    let held = sample::held().backed_by(Box::new(Denier));
    assert_eq!(held.verify(&genuine(SampleKey::A), &digest()), Genuine);
    assert_eq!(held.verify(&strange(1), &digest()), Unknown);
    let ids: HeldKeys = [sample::key_id(SampleKey::A)].into_iter().collect();
    let held = ids.backed_by(Box::new(Denier));
    assert_eq!(held.verify(&genuine(SampleKey::A), &digest()), Forged);
}

#[test]
fn a_private_keyring_ends_with_its_holder() {
    let Certificate { der, .. } = certificate(SampleKey::A);
    let (keyring, keys) = PrivateKeyring::load([der.as_slice(), b"no certificate"]).unwrap();
    let serials: BTreeSet<_> = keys.iter().map(|key| key.serial).collect();
    assert_eq!(serials.len(), 1);
    let held = HeldKeys::of_members(&keys, &[]);
    drop(keyring);
    // The kernel removes it in its own time.
    let gone = (1..=200).any(|number| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        held.verify(&forged(SampleKey::A, number), &digest()) == Unknown
    });
    assert!(gone);
}

#[test]
fn a_key_that_was_revoked_is_not_held_and_another_is() {
    let [a, b] = [SampleKey::A, SampleKey::B].map(sample::key_id);
    let held = sample::held().revoking([a]);
    assert!(held.is_revoked(a) && !held.holds(a));
    let told = |key| held.verify(&genuine(key), &digest());
    assert_eq!((told(SampleKey::A), told(SampleKey::B)), (Unknown, Genuine));
    assert!(held.holds(b) && !held.is_revoked(b));
}
