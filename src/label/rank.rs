//! Which of several signatures a file gets. Pure.

use crate::dpkg::PackageName;
use crate::keyring::HeldKeys;
use crate::signature::{Label, Signature};
use crate::store::Candidate;

/// What to do with a file whose content some list knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Write this signature.
    Write(Signature),
    /// The label is the one that we would write.
    Right,
    /// The label is another signature, and the kernel holds its key but not ours.
    Outranked,
}

/// Chooses among the signatures that lists have for a content, and compares it with the label.
/// None without candidates.
///
/// SECURITY: a signature that the kernel cannot check must never displace one that it can, or a
/// harmless package that ships a copy of the shell makes the shell unusable. So a held key comes
/// first; among equals the file's own package, then the newest list.
pub fn decide(
    label: &Label,
    candidates: &[Candidate],
    owner: Option<&PackageName>,
    held: &HeldKeys,
) -> Option<Decision> {
    let rank = |candidate: &&Candidate| {
        let own = owner.is_some_and(|owner| *owner == candidate.package);
        (held.holds(candidate.signature.key_id), own, candidate.stamp)
    };
    let best = candidates.iter().max_by_key(rank)?;
    Some(match label {
        Label::Signature(present) if *present == best.signature => Decision::Right,
        Label::Signature(present) if outranks(present, best, candidates, held) => {
            Decision::Outranked
        }
        _ => Decision::Write(best.signature.clone()),
    })
}

/// Whether a label that no list of ours explains must stay: its key is held, and ours is not. (One
/// that a list does explain was compared already.)
fn outranks(
    present: &Signature,
    best: &Candidate,
    candidates: &[Candidate],
    held: &HeldKeys,
) -> bool {
    let listed = candidates
        .iter()
        .any(|candidate| candidate.signature == *present);
    !listed && held.holds(present.key_id) && !held.holds(best.signature.key_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::Stamp;
    use crate::signature::{HashAlgorithm, KeyId, SignatureError};

    const HELD: u32 = 1;
    const OTHER_HELD: u32 = 2;
    const UNKNOWN: u32 = 3;

    fn signature(key: u32) -> Signature {
        Signature::new(HashAlgorithm::Sha256, KeyId(key), &[9]).unwrap()
    }

    fn candidate(key: u32, package: &str, seconds: i64) -> Candidate {
        Candidate {
            signature: signature(key),
            package: PackageName::new(package).unwrap(),
            stamp: Stamp {
                seconds,
                ..Stamp::default()
            },
        }
    }

    fn decided(label: &Label, candidates: &[Candidate], owner: Option<&str>) -> Option<Decision> {
        let held = [KeyId(HELD), KeyId(OTHER_HELD)].into_iter().collect();
        let owner = owner.map(|owner| PackageName::new(owner).unwrap());
        decide(label, candidates, owner.as_ref(), &held)
    }

    fn write(key: u32) -> Option<Decision> {
        Some(Decision::Write(signature(key)))
    }

    #[test]
    fn no_list_no_label() {
        assert_eq!(decided(&Label::None, &[], None), None);
    }

    #[test]
    fn a_held_key_comes_first_whatever_else() {
        let lists = [candidate(HELD, "dash", 1), candidate(UNKNOWN, "copy", 99)];
        for owner in [None, Some("dash"), Some("copy")] {
            assert_eq!(decided(&Label::None, &lists, owner), write(HELD));
        }
        let on_disk = Label::Signature(signature(HELD));
        assert_eq!(
            decided(&on_disk, &lists, Some("copy")),
            Some(Decision::Right)
        );
        assert_eq!(
            decided(&on_disk, &lists[1..], None),
            Some(Decision::Outranked)
        );
        assert_eq!(
            decided(&on_disk, &lists[1..], Some("copy")),
            Some(Decision::Outranked)
        );
    }

    #[test]
    fn a_label_of_a_key_that_is_not_held_gives_way() {
        let on_disk = Label::Signature(signature(UNKNOWN));
        assert_eq!(
            decided(&on_disk, &[candidate(HELD, "dash", 1)], None),
            write(HELD)
        );
    }

    #[test]
    fn then_the_own_package_then_the_newest() {
        let lists = [candidate(HELD, "a", 1), candidate(OTHER_HELD, "b", 2)];
        assert_eq!(decided(&Label::None, &lists, None), write(OTHER_HELD));
        assert_eq!(decided(&Label::None, &lists, Some("a")), write(HELD));
        assert_eq!(decided(&Label::None, &lists, Some("z")), write(OTHER_HELD));
    }

    #[test]
    fn a_hash_or_a_broken_value_counts_as_none() {
        let lists = [candidate(UNKNOWN, "a", 1)];
        for label in [Label::Hash, Label::Malformed(SignatureError::Type(9))] {
            assert_eq!(decided(&label, &lists, None), write(UNKNOWN));
        }
    }
}
