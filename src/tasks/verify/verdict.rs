//! What is said of one file, and the decision that leads to it. Pure.

use crate::format::ima::KeyId;
use crate::keys::signing::Check;

/// What is said of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Verdict {
    /// It has the signature that its list names, valid by a key that is trusted.
    Good,
    /// It has another signature than its list names, valid by a key that is trusted.
    Foreign(KeyId),
    /// A conffile with another content than was signed: the administrator may change it.
    ChangedConffile,
    /// It is not there, and was never meant to be.
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
    /// Its label can be of no use: it is not well-formed.
    Malformed,
    /// It is not there.
    Missing,
}

impl Verdict {
    /// The word for it.
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

    /// Whether all is as it should be.
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

    /// The key that it is about.
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

/// A file's content, held against what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The very same.
    Same,
    /// Another.
    Differs,
    /// There is no file.
    Missing,
    /// There is no file, and dpkg was told so or gave it to another package.
    Excluded,
}

/// Who may change a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Only dpkg.
    Package,
    /// The administrator too.
    Administrator,
}

/// A file's label, checked over the content that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// None, or a hash.
    No,
    /// Something that no kernel takes.
    Malformed,
    /// The signature that the list names.
    Listed(KeyId, Check),
    /// Another one.
    Other(KeyId, Check),
    /// Another one or none, where the list's names that key and is not by it.
    InsteadOf(KeyId),
}

/// All that a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its content.
    pub content: Content,
    /// Who may change it.
    pub owner: Owner,
    /// Its label.
    pub label: Labelled,
}

/// The verdict.
pub const fn decide(facts: Facts) -> Verdict {
    match (facts.content, facts.owner, facts.label) {
        // SECURITY: a list that is forged is named wherever the file is, or a stranger's would pass for a file that
        // another package has taken over.
        (_, _, Labelled::InsteadOf(key_id)) => Verdict::ForgedList(key_id),
        (Content::Excluded | Content::Missing, _, Labelled::Listed(key_id, Check::Invalid)) => {
            Verdict::ForgedList(key_id)
        }
        (Content::Excluded, ..) => Verdict::Excluded,
        (Content::Missing, ..) => Verdict::Missing,
        (Content::Differs, Owner::Administrator, _) => Verdict::ChangedConffile,
        (Content::Differs, Owner::Package, _) => Verdict::Altered,
        (Content::Same, ..) => decide_label(facts.label),
    }
}

const fn decide_label(label: Labelled) -> Verdict {
    match label {
        Labelled::No => Verdict::Unsigned,
        Labelled::Malformed => Verdict::Malformed,
        Labelled::Listed(key_id, Check::Invalid) | Labelled::Other(key_id, Check::Invalid) => {
            Verdict::Forged(key_id)
        }
        Labelled::InsteadOf(key_id) => Verdict::ForgedList(key_id),
        Labelled::Listed(_, Check::Valid) => Verdict::Good,
        Labelled::Other(key_id, Check::Valid) => Verdict::Foreign(key_id),
        Labelled::Listed(key_id, Check::UnknownKey)
        | Labelled::Other(key_id, Check::UnknownKey) => Verdict::UntrustedKey(key_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId(7);

    #[test]
    fn the_table() {
        use Content::{Differs, Excluded, Missing, Same};
        use Labelled::{Listed, Malformed, No, Other};
        use Owner::{Administrator, Package};
        let good = Listed(KEY, Check::Valid);
        let forged = Listed(KEY, Check::Invalid);
        let instead = Labelled::InsteadOf(KEY);
        for (content, owner, label, verdict, fine) in [
            (Same, Package, good, Verdict::Good, true),
            (Same, Administrator, good, Verdict::Good, true),
            (Same, Package, No, Verdict::Unsigned, false),
            (Same, Package, Malformed, Verdict::Malformed, false),
            (
                Same,
                Package,
                Listed(KEY, Check::Invalid),
                Verdict::Forged(KEY),
                false,
            ),
            (
                Same,
                Package,
                Other(KEY, Check::Invalid),
                Verdict::Forged(KEY),
                false,
            ),
            (
                Same,
                Package,
                Labelled::InsteadOf(KEY),
                Verdict::ForgedList(KEY),
                false,
            ),
            (
                Same,
                Package,
                Other(KEY, Check::Valid),
                Verdict::Foreign(KEY),
                true,
            ),
            (
                Same,
                Package,
                Listed(KEY, Check::UnknownKey),
                Verdict::UntrustedKey(KEY),
                false,
            ),
            (
                Same,
                Package,
                Other(KEY, Check::UnknownKey),
                Verdict::UntrustedKey(KEY),
                false,
            ),
            (Differs, Package, good, Verdict::Altered, false),
            (Differs, Package, No, Verdict::Altered, false),
            (Differs, Administrator, No, Verdict::ChangedConffile, true),
            (Missing, Package, No, Verdict::Missing, false),
            (Missing, Administrator, No, Verdict::Missing, false),
            (Excluded, Package, No, Verdict::Excluded, true),
            (Excluded, Package, good, Verdict::Excluded, true),
            (Excluded, Package, forged, Verdict::ForgedList(KEY), false),
            (Missing, Package, forged, Verdict::ForgedList(KEY), false),
            (Excluded, Package, instead, Verdict::ForgedList(KEY), false),
            (
                Differs,
                Administrator,
                instead,
                Verdict::ForgedList(KEY),
                false,
            ),
        ] {
            let facts = Facts {
                content,
                owner,
                label,
            };
            assert_eq!(decide(facts), verdict, "{facts:?}");
            assert_eq!(verdict.is_fine(), fine, "{facts:?}");
        }
    }
}
