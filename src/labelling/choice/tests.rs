use super::*;
use crate::dpkg::Stamp;
use crate::format::ima::{HashAlgorithm, KeyId, SignatureError};

/// Keys by what comes of verifying; each number is another signature.
const GENUINE: u32 = 10;
const UNVERIFIED: u32 = 20;
const NOT_HELD: u32 = 30;
const FORGED: u32 = 40;

fn signature(key: u32) -> Signature {
    Signature::new(HashAlgorithm::Sha256, KeyId(key), &[9]).unwrap()
}

fn on_disk(key: u32) -> Label {
    Label::Signature(signature(key))
}

fn candidate(key: u32, package: &str, seconds: i64) -> KnownSignature {
    KnownSignature {
        signature: signature(key),
        package: PackageName::new(package).unwrap(),
        stamp: Stamp {
            seconds,
            ..Stamp::default()
        },
        verified: false,
    }
}

fn rank(signature: &Signature, verified: bool) -> Rank {
    match signature.key_id.0 {
        10..20 => Rank::Genuine,
        20..30 if verified => Rank::Genuine,
        20..30 => Rank::Unverified,
        30..40 => Rank::NotHeld,
        _ => Rank::Forged,
    }
}

fn ruled(label: &Label, candidates: &[KnownSignature], owner: Option<&str>) -> Ruling {
    let owner = owner.map(|owner| PackageName::new(owner).unwrap());
    choose_signature(label, candidates, owner.as_ref(), rank).unwrap()
}

fn decided(label: &Label, candidates: &[KnownSignature], owner: Option<&str>) -> Decision {
    let decision = ruled(label, candidates, owner).decision;
    let mut reversed = candidates.to_vec();
    reversed.reverse();
    assert_eq!(
        ruled(label, &reversed, owner).decision,
        decision,
        "order matters"
    );
    decision
}

fn write(key: u32) -> Decision {
    Decision::Write(signature(key))
}

#[test]
fn no_list_no_label() {
    assert_eq!(choose_signature(&Label::None, &[], None, rank), None);
}

#[test]
fn where_nothing_competes_nothing_is_verified() {
    let never = |_: &Signature, _| -> Rank { panic!("nothing competes") };
    let nonsense = Label::Malformed(SignatureError::Type(9));
    for key in [GENUINE, UNVERIFIED, NOT_HELD, FORGED] {
        // The same signature in two lists is no competition.
        let lists = [candidate(key, "a", 1), candidate(key, "b", 2)];
        for (label, decision) in [
            (&Label::None, write(key)),
            (&nonsense, write(key)),
            (&on_disk(key), Decision::Right),
        ] {
            let ruling = choose_signature(label, &lists, None, never).unwrap();
            assert_eq!((ruling.decision, ruling.remarks), (decision, Vec::new()));
        }
    }
}

#[test]
fn what_verifies_comes_first_whatever_else() {
    for bad in [UNVERIFIED, NOT_HELD, FORGED] {
        let lists = [candidate(GENUINE, "dash", 1), candidate(bad, "hostile", 99)];
        for owner in [None, Some("dash"), Some("hostile")] {
            for label in [Label::None, Label::Hash, on_disk(bad), on_disk(FORGED + 5)] {
                assert_eq!(
                    decided(&label, &lists, owner),
                    write(GENUINE),
                    "{bad} {label:?}"
                );
            }
            assert_eq!(decided(&on_disk(GENUINE), &lists, owner), Decision::Right);
        }
    }
}

#[test]
fn then_the_owner_then_the_newest() {
    for key in [GENUINE, UNVERIFIED, NOT_HELD] {
        let lists = [candidate(key, "a", 1), candidate(key + 1, "b", 2)];
        assert_eq!(decided(&Label::None, &lists, None), write(key + 1));
        assert_eq!(decided(&Label::None, &lists, Some("a")), write(key));
        assert_eq!(decided(&Label::None, &lists, Some("z")), write(key + 1));
    }
    let lists = [candidate(GENUINE, "a", 1), candidate(GENUINE + 1, "b", 2)];
    assert_eq!(decided(&on_disk(GENUINE), &lists, None), write(GENUINE + 1));
}

/// A list with the signatures of two keys, of which one is about to be exchanged.
#[test]
fn of_one_list_the_signature_that_verifies_and_among_such_the_label() {
    let by = |keys: [u32; 2]| keys.map(|key| candidate(key, "a", 1));
    for other in [UNVERIFIED, NOT_HELD, FORGED] {
        for owner in [None, Some("a"), Some("z")] {
            let lists = by([GENUINE, other]);
            for label in [Label::None, on_disk(other), on_disk(FORGED + 5)] {
                assert_eq!(decided(&label, &lists, owner), write(GENUINE));
            }
            assert_eq!(decided(&on_disk(GENUINE), &lists, owner), Decision::Right);
        }
    }
    for key in [GENUINE, UNVERIFIED, NOT_HELD] {
        let lists = by([key, key + 1]);
        assert_eq!(decided(&Label::None, &lists, Some("a")), write(key));
        for label in [key, key + 1] {
            assert_eq!(decided(&on_disk(label), &lists, None), Decision::Right);
        }
    }
}

#[test]
fn what_was_verified_before_counts_as_that() {
    let mut lists = [
        candidate(UNVERIFIED, "dash", 1),
        candidate(UNVERIFIED + 1, "x", 9),
    ];
    assert_eq!(decided(&Label::None, &lists, None), write(UNVERIFIED + 1));
    lists[0].verified = true;
    assert_eq!(decided(&Label::None, &lists, None), write(UNVERIFIED));
    assert_eq!(decided(&on_disk(UNVERIFIED), &lists, None), Decision::Right);
}

#[test]
fn a_label_stays_against_what_does_not_verify() {
    for label in [
        on_disk(GENUINE + 5),
        on_disk(UNVERIFIED + 5),
        on_disk(NOT_HELD + 5),
        Label::Hash,
    ] {
        for key in [UNVERIFIED, NOT_HELD, FORGED] {
            for owner in [None, Some("a")] {
                let decision = decided(&label, &[candidate(key, "a", 9)], owner);
                assert_eq!(decision, Decision::Outranked, "{label:?} {key}");
            }
        }
    }
}

#[test]
fn a_forged_label_gives_way_also_if_a_list_has_it() {
    let label = on_disk(FORGED);
    for key in [GENUINE, UNVERIFIED, NOT_HELD] {
        let genuine = candidate(key, "dash", 1);
        assert_eq!(
            decided(&label, std::slice::from_ref(&genuine), None),
            write(key)
        );
        let lists = [genuine, candidate(FORGED, "hostile", 9)];
        assert_eq!(decided(&label, &lists, Some("hostile")), write(key));
    }
}

#[test]
fn what_is_forged_is_never_written_in_place_of_something() {
    let lists = [candidate(FORGED, "a", 1), candidate(FORGED + 1, "b", 2)];
    for label in [
        Label::None,
        on_disk(FORGED),
        on_disk(FORGED + 1),
        on_disk(FORGED + 2),
    ] {
        assert_eq!(decided(&label, &lists, Some("a")), Decision::Forged);
    }
    for label in [Label::Hash, on_disk(NOT_HELD), on_disk(GENUINE)] {
        assert_eq!(decided(&label, &lists, Some("a")), Decision::Outranked);
    }
}

#[test]
fn what_is_displaced_or_passed_over_is_said() {
    let lists = [
        candidate(GENUINE, "dash", 1),
        candidate(FORGED, "hostile", 9),
    ];
    let said = |label: &Label, lists: &[KnownSignature]| -> Vec<String> {
        let remarks = ruled(label, lists, None).remarks;
        remarks.iter().map(ToString::to_string).collect()
    };
    let forged = "the signature of package hostile does not verify under key 00000028, and is passed over: forged or damaged";
    assert_eq!(said(&Label::None, &lists), [forged]);
    assert_eq!(
        said(&on_disk(FORGED), &lists),
        [
            forged,
            "its label under key 00000028, which does not verify, gives way to that of package dash"
        ]
    );
    assert_eq!(
        said(&on_disk(NOT_HELD), &[candidate(GENUINE, "dash", 1)]),
        ["its label under key 0000001e gives way to that of package dash"]
    );
    assert_eq!(
        said(&Label::Hash, &[candidate(UNVERIFIED, "dash", 1)]),
        ["it keeps its label: the signature of package dash cannot be verified here"]
    );
}
