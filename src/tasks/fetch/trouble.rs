//! Why a source did not answer.

use std::fmt;

use super::limits::FETCHED_MAX;
use crate::format::plural::count;
use crate::format::signature_source::SignatureSource;
use crate::format::text::Text;

/// A source that could not be asked for some lists. That it does not have one is no trouble. Prints as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTrouble {
    /// Which source.
    pub source: SignatureSource,
    /// How many lists are lacking for that reason.
    pub count: usize,
    /// The reason, for one of them.
    pub cause: TroubleCause,
}

/// Why a list was not got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TroubleCause {
    /// Not before the deadline.
    #[error("no answer in time")]
    Time,
    /// Over the limit of a run.
    #[error("more than {} MiB", FETCHED_MAX >> 20)]
    Size,
    /// What the downloader or the filesystem says.
    #[error("{0}")]
    Other(Text),
}

impl TroubleCause {
    pub(super) fn other(error: &impl fmt::Display) -> Self {
        Self::Other(Text::of(error))
    }

    /// The downloader has ended, and said nothing of that list: one of its methods was killed, for example.
    pub(super) fn without_reason() -> Self {
        Self::Other("the download ended early".into())
    }
}

impl fmt::Display for SourceTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = count(self.count, "list");
        let Self { source, cause, .. } = self;
        write!(f, "{lists} could not be fetched from {source}: {cause}")
    }
}
