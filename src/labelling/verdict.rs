//! The verdict on one file: how it stands to its list, and what its label is worth. Pure.

use super::standing::Standing;
use crate::format::ima::KeyId;
use crate::keys::signing::Check;

/// The verdict on one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Verdict {
    /// It has the signature that its list names, valid by a key that is trusted.
    Good,
    /// It has another signature than its list names, valid by a key that is trusted.
    Foreign(KeyId),
    /// A conffile with another content than was signed: the administrator may change it.
    ChangedConffile,
    /// It is not there and was never meant to be, or is another package's now.
    Excluded,
    /// It has no signature.
    Unsigned,
    /// Its content is not what was signed.
    Altered,
    /// No certificate at hand is of the key that its signature names.
    UntrustedKey(KeyId),
    /// Its label does not verify under the key that it names, which is trusted: forged, damaged, or of another file.
    Forged(KeyId),
    /// Its list's signature does not verify under the key that it names, which is trusted: the list is forged or damaged.
    /// The file may be another package's, or have a good label, or none.
    ForgedList(KeyId),
    /// Its label is not well-formed.
    Malformed,
    /// It is not there.
    Missing,
}

/// The key that a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelKey {
    /// Its id: a claim, unless the label verifies.
    pub id: KeyId,
    /// Whether the label verifies under a key of that id that is trusted.
    pub verifies: bool,
}

/// A file's label, checked over the content that the file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelCheck {
    /// No label, or a hash.
    Unsigned,
    /// A value that no kernel takes.
    Malformed,
    /// The signature that the list names.
    Listed(KeyId, Check),
    /// Another signature.
    Other(KeyId, Check),
    /// Another label or none, where the list's signature names that key and is not by it.
    InsteadOf(KeyId),
}

impl LabelCheck {
    /// None for a file without a signature. Where a list is forged, the label beside it is not told.
    pub(crate) fn key(self) -> Option<LabelKey> {
        let (id, check) = match self {
            Self::Listed(id, check) | Self::Other(id, check) => (id, check),
            Self::Unsigned | Self::Malformed | Self::InsteadOf(_) => return None,
        };
        let verifies = check == Check::Valid;
        Some(LabelKey { id, verifies })
    }
}

impl Verdict {
    pub(crate) const fn of(standing: Standing, label: LabelCheck) -> Self {
        match (standing, label) {
            // SECURITY: a list that is forged is named wherever the file is, or a stranger's would pass for a file that
            // another package has taken over.
            (_, LabelCheck::InsteadOf(key_id))
            | (
                Standing::Excluded | Standing::OfAnother | Standing::Missing,
                LabelCheck::Listed(key_id, Check::Invalid),
            ) => Self::ForgedList(key_id),
            (Standing::Excluded | Standing::OfAnother, _) => Self::Excluded,
            (Standing::Missing, _) => Self::Missing,
            (Standing::ChangedConffile, _) => Self::ChangedConffile,
            (Standing::Altered, _) => Self::Altered,
            (Standing::Listed, _) => Self::of_label(label),
        }
    }

    const fn of_label(label: LabelCheck) -> Self {
        match label {
            LabelCheck::Unsigned => Self::Unsigned,
            LabelCheck::Malformed => Self::Malformed,
            LabelCheck::Listed(key_id, Check::Invalid)
            | LabelCheck::Other(key_id, Check::Invalid) => Self::Forged(key_id),
            LabelCheck::InsteadOf(key_id) => Self::ForgedList(key_id),
            LabelCheck::Listed(_, Check::Valid) => Self::Good,
            LabelCheck::Other(key_id, Check::Valid) => Self::Foreign(key_id),
            LabelCheck::Listed(key_id, Check::UnknownKey)
            | LabelCheck::Other(key_id, Check::UnknownKey) => Self::UntrustedKey(key_id),
        }
    }

    /// The word for it, in lines of text and in `--json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Foreign(_) => "foreign",
            Self::ChangedConffile => "changed conffile",
            Self::Excluded => "excluded",
            Self::Unsigned => "unsigned",
            Self::Altered => "altered",
            Self::UntrustedKey(_) => "untrusted key",
            Self::Forged(_) => "forged",
            Self::ForgedList(_) => "forged list",
            Self::Malformed => "malformed",
            Self::Missing => "missing",
        }
    }

    /// Whether the file is as it should be, so that the exit code may be 0.
    #[must_use]
    pub const fn is_fine(self) -> bool {
        match self {
            Self::Good | Self::Foreign(_) | Self::ChangedConffile | Self::Excluded => true,
            Self::Unsigned
            | Self::Altered
            | Self::UntrustedKey(_)
            | Self::Forged(_)
            | Self::ForgedList(_)
            | Self::Malformed
            | Self::Missing => false,
        }
    }

    /// The key that the signature names, where that matters.
    #[must_use]
    pub const fn key_id(self) -> Option<KeyId> {
        match self {
            Self::Foreign(key_id)
            | Self::UntrustedKey(key_id)
            | Self::Forged(key_id)
            | Self::ForgedList(key_id) => Some(key_id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId(7);

    #[test]
    fn the_table() {
        use LabelCheck::{InsteadOf, Listed, Malformed, Other, Unsigned};
        let good = Listed(KEY, Check::Valid);
        let forged = Listed(KEY, Check::Invalid);
        let unknown = Listed(KEY, Check::UnknownKey);
        let instead = InsteadOf(KEY);
        let of_label = |label, verdict, fine| (Standing::Listed, label, verdict, fine);
        for (standing, label, verdict, fine) in [
            of_label(good, Verdict::Good, true),
            of_label(Unsigned, Verdict::Unsigned, false),
            of_label(Malformed, Verdict::Malformed, false),
            of_label(forged, Verdict::Forged(KEY), false),
            of_label(Other(KEY, Check::Invalid), Verdict::Forged(KEY), false),
            of_label(instead, Verdict::ForgedList(KEY), false),
            of_label(Other(KEY, Check::Valid), Verdict::Foreign(KEY), true),
            of_label(unknown, Verdict::UntrustedKey(KEY), false),
            of_label(
                Other(KEY, Check::UnknownKey),
                Verdict::UntrustedKey(KEY),
                false,
            ),
            (Standing::Altered, good, Verdict::Altered, false),
            (Standing::Altered, Unsigned, Verdict::Altered, false),
            (
                Standing::ChangedConffile,
                Unsigned,
                Verdict::ChangedConffile,
                true,
            ),
            (
                Standing::ChangedConffile,
                instead,
                Verdict::ForgedList(KEY),
                false,
            ),
            (Standing::Missing, Unsigned, Verdict::Missing, false),
            (Standing::Missing, forged, Verdict::ForgedList(KEY), false),
            (Standing::Excluded, Unsigned, Verdict::Excluded, true),
            (Standing::Excluded, good, Verdict::Excluded, true),
            (Standing::Excluded, forged, Verdict::ForgedList(KEY), false),
            (Standing::Excluded, instead, Verdict::ForgedList(KEY), false),
            (Standing::OfAnother, Unsigned, Verdict::Excluded, true),
            (Standing::OfAnother, good, Verdict::Excluded, true),
            (Standing::OfAnother, forged, Verdict::ForgedList(KEY), false),
            (
                Standing::OfAnother,
                instead,
                Verdict::ForgedList(KEY),
                false,
            ),
        ] {
            let told = Verdict::of(standing, label);
            assert_eq!(told, verdict, "{standing:?} {label:?}");
            assert_eq!(verdict.is_fine(), fine, "{standing:?} {label:?}");
        }
    }
}
