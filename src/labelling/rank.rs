//! What a signature is worth for one content, with a bound on the verifying.

use super::digests::FileDigests;
use crate::format::ima::Signature;
use crate::keys::held::{Authenticity, HeldKeys};

/// What is known of a signature, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The key that it names is held, and did not make it.
    Forged,
    /// The key that it names is not held.
    NotHeld,
    /// The key that it names is held, but the signature could not be verified, or was not.
    Unverified,
    /// It verifies.
    Genuine,
}

/// The number of signatures that are verified for one decision, as an opener may be waiting. Lists bring a second signature
/// for a content only if it could not be shown to be forged, so that more are seldom there.
const VERIFICATIONS_MAX: usize = 4;

/// Ranks signatures over the content of one file.
pub(super) struct Ranker<'a> {
    held: &'a HeldKeys,
    digests: FileDigests<'a>,
    /// The number of signatures that may still be verified.
    left: usize,
}

impl<'a> Ranker<'a> {
    pub(super) const fn new(held: &'a HeldKeys, digests: FileDigests<'a>) -> Self {
        Self {
            held,
            digests,
            left: VERIFICATIONS_MAX,
        }
    }

    /// Verifies the signature, unless it was verified when its list was taken in: that counts as long as its key is held.
    pub(super) fn rank(&mut self, signature: &Signature, verified: bool) -> Rank {
        if !self.held.holds(signature.key_id) {
            return Rank::NotHeld;
        }
        if verified {
            return Rank::Genuine;
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Rank::Unverified;
        };
        self.left = left;
        let digest = self.digests.get(signature.algorithm);
        match digest.map(|digest| self.held.verify(signature, &digest)) {
            Ok(Authenticity::Genuine) => Rank::Genuine,
            Ok(Authenticity::Forged) => Rank::Forged,
            Ok(Authenticity::Unknown) | Err(_) => Rank::Unverified,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;

    use super::*;
    use crate::keys::held::sample::{self, SampleKey, forged, genuine, strange};

    fn with_ranker(held: &HeldKeys, test: impl FnOnce(&mut Ranker<'_>)) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(sample::CONTENT).unwrap();
        let size = sample::CONTENT.len() as u64;
        let digests = FileDigests::new(file.as_fd(), size, Vec::new());
        test(&mut Ranker::new(held, digests));
    }

    #[test]
    fn what_verifies_over_the_content_of_the_file() {
        let held = sample::held();
        with_ranker(&held, |ranker| {
            assert_eq!(ranker.rank(&genuine(SampleKey::A), false), Rank::Genuine);
            assert_eq!(ranker.rank(&forged(SampleKey::A, 1), false), Rank::Forged);
            assert_eq!(ranker.rank(&strange(1), false), Rank::NotHeld);
        });
        with_ranker(
            &[sample::key_id(SampleKey::A)].into_iter().collect(),
            |ranker| {
                let rank = ranker.rank(&genuine(SampleKey::A), false);
                assert_eq!(rank, Rank::Unverified);
            },
        );
    }

    /// What was verified once, counts without asking; but not by a key that was taken away since.
    #[test]
    fn what_was_verified_before_is_believed_as_long_as_its_key_is_held() {
        let held = sample::held();
        with_ranker(&held, |ranker| {
            assert_eq!(ranker.rank(&genuine(SampleKey::A), true), Rank::Genuine);
        });
        assert_eq!(held.verifications(), 0);
        with_ranker(&HeldKeys::default(), |ranker| {
            assert_eq!(ranker.rank(&genuine(SampleKey::A), true), Rank::NotHeld);
        });
    }

    #[test]
    fn the_verifying_for_one_decision_is_bounded() {
        let held = sample::held();
        with_ranker(&held, |ranker| {
            for number in 0..=255 {
                let rank = ranker.rank(&forged(SampleKey::A, number), false);
                let told = usize::from(number) < VERIFICATIONS_MAX;
                let expected = if told { Rank::Forged } else { Rank::Unverified };
                assert_eq!(rank, expected);
            }
        });
        assert_eq!(held.verifications(), VERIFICATIONS_MAX as u64);
    }
}
