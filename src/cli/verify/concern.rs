//! The files that need attention, grouped by what is to be done about them. Pure.

use crate::cli::tone::Tone;
use crate::labelling::Verdict;

/// A group of findings with one title and one hint. The most alarming is the least, so that it comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concern {
    Altered,
    /// A local program, which only the administrator changes.
    AlteredLocal,
    /// The label on disk fails under a key that is known.
    Forged,
    /// The label is good, and the signature in the list fails under a key that is known.
    ForgedList,
    Malformed,
    UntrustedKey,
    Missing,
    /// A local program is gone.
    MissingLocal,
    /// No label, and a list has a signature for it.
    Unlabelled,
    /// No label, and no list has one.
    Unsigned,
}

impl Concern {
    /// The same of a file that the list of local programs names.
    pub(super) const fn of_local(self) -> Self {
        match self {
            Self::Altered => Self::AlteredLocal,
            Self::Missing => Self::MissingLocal,
            other => other,
        }
    }

    /// None for a verdict that is fine.
    pub(super) const fn of(verdict: Verdict, is_listed: bool) -> Option<Self> {
        match verdict {
            Verdict::Good | Verdict::Foreign(_) | Verdict::ChangedConffile | Verdict::Excluded => {
                None
            }
            Verdict::Unsigned if is_listed => Some(Self::Unlabelled),
            Verdict::Unsigned => Some(Self::Unsigned),
            Verdict::Altered => Some(Self::Altered),
            Verdict::UntrustedKey(_) => Some(Self::UntrustedKey),
            Verdict::Forged(_) => Some(Self::Forged),
            Verdict::ForgedList(_) => Some(Self::ForgedList),
            Verdict::Malformed => Some(Self::Malformed),
            Verdict::Missing => Some(Self::Missing),
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::AlteredLocal => "local programs that were altered since they were signed",
            Self::Forged => {
                "forged or damaged: their labels do not verify under a key that is known"
            }
            Self::ForgedList => "forged or damaged in their packages' lists",
            Self::Malformed => "malformed",
            Self::UntrustedKey => "untrusted key",
            Self::Missing => "missing",
            Self::MissingLocal => "local programs that are missing",
            Self::Unlabelled => "unsigned, though their packages' lists have signatures",
            Self::Unsigned => "unsigned, and named by no list",
        }
    }

    pub(super) const fn tone(self) -> Tone {
        match self {
            Self::UntrustedKey | Self::Unlabelled | Self::Unsigned => Tone::Doubtful,
            Self::Altered
            | Self::AlteredLocal
            | Self::Forged
            | Self::ForgedList
            | Self::Malformed
            | Self::Missing
            | Self::MissingLocal => Tone::Bad,
        }
    }

    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Altered | Self::Missing => "apt install --reinstall PACKAGE",
            Self::AlteredLocal => {
                "if you changed them: dpkg-ima sign --local --key KEY --cert CERTIFICATE FILE"
            }
            Self::MissingLocal => "dpkg-ima forget FILE",
            Self::Forged => {
                "dpkg-ima relabel PACKAGE; where that does not help, install it from a source that you trust"
            }
            Self::ForgedList => {
                "find out where the package is from, and install it from a source that you trust"
            }
            Self::Malformed | Self::Unlabelled => "dpkg-ima relabel",
            Self::UntrustedKey => {
                "if you trust the key: put its certificate into /etc/keys/ima, or name it with --cert"
            }
            Self::Unsigned => {
                "install a signed version of the package, or dpkg-ima relabel --from DEB; \
                 your own: dpkg-ima sign --local --key KEY --cert CERTIFICATE FILE"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::KeyId;

    #[test]
    fn whatever_is_not_fine_is_a_concern() {
        let key = KeyId(7);
        for (verdict, concern) in [
            (Verdict::Good, None),
            (Verdict::Foreign(key), None),
            (Verdict::ChangedConffile, None),
            (Verdict::Excluded, None),
            (Verdict::Altered, Some(Concern::Altered)),
            (Verdict::UntrustedKey(key), Some(Concern::UntrustedKey)),
            (Verdict::Forged(key), Some(Concern::Forged)),
            (Verdict::ForgedList(key), Some(Concern::ForgedList)),
            (Verdict::Malformed, Some(Concern::Malformed)),
            (Verdict::Missing, Some(Concern::Missing)),
        ] {
            assert_eq!(Concern::of(verdict, true), concern, "{verdict:?}");
            assert_eq!(Concern::of(verdict, false), concern, "{verdict:?}");
            assert_eq!(concern.is_none(), verdict.is_fine(), "{verdict:?}");
        }
        let unsigned = [true, false].map(|listed| Concern::of(Verdict::Unsigned, listed));
        let expected = [Concern::Unlabelled, Concern::Unsigned].map(Some);
        assert_eq!(unsigned, expected);
    }
}
