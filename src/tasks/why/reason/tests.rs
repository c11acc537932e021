use super::*;
use crate::dpkg::PackageName;
use crate::tasks::why::SignatureNow;
use crate::tasks::why::standing_now::sample_program;

const KEY: KeyId = KeyId(7);

fn package() -> PackageName {
    PackageName::new("hello").unwrap()
}

fn named(content: ListedContent) -> ListNow {
    ListNow::Named {
        package: package(),
        content,
        signature: SignatureNow::Genuine(KEY),
    }
}

fn there(label: LabelNow, list: ListNow) -> FileNow {
    FileNow::There {
        program: sample_program("/usr/bin/hello"),
        label,
        list,
        original: None,
        is_only_roots: true,
    }
}

const UNFIT: LabelNow = LabelNow::Signature(SignatureNow::Unfit(KEY));
const GOOD: LabelNow = LabelNow::Signature(SignatureNow::Genuine(KEY));
const UNKNOWN: LabelNow = LabelNow::Signature(SignatureNow::UnknownKey {
    key_id: KEY,
    has_certificate: false,
});

/// What the file is like, what the kernel says of such a one, and the reason in one.
#[test]
fn what_is_on_disk_says_more_than_the_cause() {
    use ListedContent::{Altered, ChangedConffile, Signed};
    let malformed = |error| LabelNow::Malformed(error);
    let size = SignatureError::Size {
        declared: 3,
        actual: 2,
    };
    for (label, list, cause, reason) in [
        (
            LabelNow::None,
            named(Signed),
            "IMA-signature-required",
            "no-label",
        ),
        (
            LabelNow::None,
            ListNow::NoPackage,
            "missing-hash",
            "no-label",
        ),
        (
            LabelNow::Hash,
            ListNow::NoPackage,
            "IMA-signature-required",
            "hash-only",
        ),
        (
            LabelNow::None,
            named(Altered),
            "IMA-signature-required",
            "not-the-packages-content",
        ),
        (UNKNOWN, named(Signed), "invalid-signature", "wrong-key"),
        (
            UNFIT,
            named(Altered),
            "invalid-signature",
            "not-the-packages-content",
        ),
        (
            UNFIT,
            named(ChangedConffile),
            "invalid-signature",
            "changed-conffile",
        ),
        (
            UNFIT,
            named(Signed),
            "invalid-signature",
            "label-of-another-content",
        ),
        (
            UNFIT,
            ListNow::NoPackage,
            "invalid-signature",
            "changed-since-signed",
        ),
        (
            malformed(size),
            ListNow::NoPackage,
            "invalid-signature",
            "malformed",
        ),
        (
            malformed(SignatureError::Algorithm(2)),
            ListNow::NoPackage,
            "invalid-signature",
            "unknown-hash-algorithm",
        ),
        (
            malformed(SignatureError::Version(3)),
            ListNow::NoPackage,
            "invalid-signature-version",
            "unknown-version",
        ),
        (
            malformed(SignatureError::Type(6)),
            ListNow::NoPackage,
            "unknown-ima-data",
            "unknown-type",
        ),
    ] {
        let cause = Cause::of(cause.as_bytes());
        let now = there(label, list);
        let (then, since) = reasons(Some(&cause), &now);
        assert_eq!(
            then.map(|then| then.name()),
            Some(reason),
            "{cause} {now:?}"
        );
        assert_eq!(since, None, "{cause} {now:?}");
    }
}

#[test]
fn what_has_changed_since_is_told_apart() {
    let unsigned = Cause::SignatureRequired;
    let (then, now) = reasons(Some(&unsigned), &there(GOOD, ListNow::NoPackage));
    assert_eq!(then, Some(Reason::Cause(unsigned.clone())));
    assert_eq!(now, Some(Reason::GoodLabel(KEY)));
    let (then, now) = reasons(Some(&unsigned), &there(UNFIT, ListNow::NoPackage));
    assert_eq!(then, Some(Reason::Cause(unsigned.clone())));
    assert_eq!(now, Some(Reason::ChangedSinceSigned(KEY)));
    assert_eq!(
        reasons(Some(&unsigned), &FileNow::Gone),
        (Some(Reason::Cause(unsigned)), Some(Reason::Gone))
    );
    let another = FileNow::Another {
        label: LabelNow::None,
    };
    assert_eq!(
        reasons(Some(&Cause::SignatureRequired), &another),
        (
            Some(Reason::Cause(Cause::SignatureRequired)),
            Some(Reason::Another)
        )
    );
    assert_eq!(
        reasons(
            None,
            &there(LabelNow::Unsupported, named(ListedContent::Altered))
        ),
        (None, Some(Reason::NoRoomForLabel))
    );
    assert_eq!(
        reasons(None, &there(LabelNow::None, ListNow::NoPackage)),
        (None, Some(Reason::NoLabel))
    );
}

/// Every word of the kernel has words of ours, of which no two are the same but those of a missing label.
#[test]
fn every_cause_has_words() {
    let all = crate::format::audit::Cause::all();
    let words: std::collections::BTreeSet<_> = all.iter().map(of_cause).collect();
    assert_eq!(words.len(), all.len(), "{words:#?}");
    let other = of_cause(&Cause::of(b"\x1bnew"));
    assert!(other.contains("\\033new"), "{other}");
}
