//! What is wrong with a policy.

use super::LINE_MAX;
use crate::format::text::Text;

/// A line that the kernel would not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {mistake}")]
pub struct PolicyError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Nothing but comments.
    #[error("no rule at all")]
    NoRule,
    /// More than a write may carry.
    #[error("longer than {LINE_MAX} bytes, and the kernel takes no more in one write")]
    TooLong,
    /// Not text.
    #[error("bytes that are no ASCII text")]
    NotText,
    /// The first word.
    #[error("'{0}' is no action")]
    Action(Text),
    /// A word after it.
    #[error("'{0}' is not known")]
    Word(Text),
    /// A known word with a value that it cannot have.
    #[error("'{0}' has a value that the kernel does not take")]
    Value(Text),
    /// Something that can be said but once.
    #[error("'{0}' is said twice")]
    Twice(&'static str),
    /// Two words that exclude each other.
    #[error("'{0}' does not go with this action or func")]
    Unfit(&'static str),
    /// A word that this func needs.
    #[error("'{0}' is missing")]
    Missing(&'static str),
}
