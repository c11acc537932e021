//! The result of labelling one file.

use super::choice::Decision;
use super::standing::Standing;

/// The result of labelling one file that a list names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileOutcome {
    /// It has a new label; or would have, in [`Mode::Plan`](super::Mode::Plan).
    Labelled,
    /// It had the right label.
    Good,
    /// It keeps another label, as the lists' signatures do not verify.
    Kept,
    /// The lists' signatures are forged, and no label was written.
    Forged,
    /// The lists' signatures are by keys that were revoked, and no label was written.
    Revoked,
    /// No list knows its content any more.
    Altered,
    /// No list knows its content, and the administrator may change it.
    ChangedConffile,
    /// It is not there.
    Missing,
    /// It is not there, and dpkg was told not to unpack it.
    Excluded,
}

impl FileOutcome {
    pub(super) const fn of_decision(decision: &Decision) -> Self {
        match decision {
            Decision::Write(_) => Self::Labelled,
            Decision::Right => Self::Good,
            Decision::Outranked => Self::Kept,
            Decision::Forged => Self::Forged,
            Decision::Revoked => Self::Revoked,
        }
    }

    /// Of a file that no list has a signature for; none if it is not the entry's.
    pub(super) const fn of_standing(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Listed | Standing::OfAnother => None,
            Standing::Altered => Some(Self::Altered),
            Standing::ChangedConffile => Some(Self::ChangedConffile),
            Standing::Missing => Some(Self::Missing),
            Standing::Excluded => Some(Self::Excluded),
        }
    }

    /// The word for it in summaries and in `--json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Labelled => "labelled",
            Self::Good => "good",
            Self::Kept => "kept",
            Self::Forged => "forged",
            Self::Revoked => "revoked",
            Self::Altered => "altered",
            Self::ChangedConffile => "changed conffile",
            Self::Missing => "missing",
            Self::Excluded => "excluded",
        }
    }

    /// Whether some list names its content. A content whose label is right is not read again, and taken for that.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        matches!(
            self,
            Self::Labelled | Self::Good | Self::Kept | Self::Forged | Self::Revoked
        )
    }
}
