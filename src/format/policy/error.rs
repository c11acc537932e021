//! The mistakes in a policy.

use crate::format::text::Text;

/// Longest line, in bytes with its line feed. SPEC: `ima_write_policy()`, ima_fs.c, cuts each write
/// after one page less a byte, and every rule is one write.
pub const LINE_MAX: usize = 4095;

/// A line that the kernel would not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {mistake}")]
pub struct PolicyError {
    /// The line's number, counted from 1.
    pub line: usize,
    /// The first mistake in it.
    pub mistake: Mistake,
}

/// A mistake in a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The whole policy has nothing but comments and empty lines.
    #[error("no rule at all")]
    NoRule,
    /// Over [`LINE_MAX`].
    #[error("longer than {LINE_MAX} bytes, and the kernel takes no more in one write")]
    TooLong,
    /// A byte of no ASCII character, or a NUL.
    #[error("bytes that are no ASCII text")]
    NotText,
    /// The first word is none that the kernel knows.
    #[error("'{0}' is no action")]
    Action(Text),
    /// A further word is none that the kernel knows.
    #[error("'{0}' is not known")]
    Word(Text),
    /// A known word with a value that it cannot have.
    #[error("'{0}' has a value that the kernel does not take")]
    Value(Text),
    /// A word is there twice, or two that set the same thing.
    #[error("'{0}' is said twice")]
    Twice(&'static str),
    /// A word that the action or the hook excludes.
    #[error("'{0}' does not go with this action or func")]
    Unfit(&'static str),
    /// A word of `CONFIG_IMA_APPRAISE_MODSIG`. Linux since 6.6 reads `appraise_flag=` and ignores it; Debian 12's does not.
    #[error("'{0}' needs a kernel with CONFIG_IMA_APPRAISE_MODSIG, which Debian's are not")]
    OfAppended(Text),
    /// `digest_type=verity` or `appraise_type=sigv3` without the other, or in the wrong order.
    #[error(
        "'digest_type=verity' and then 'appraise_type=sigv3' go together, and not with another type"
    )]
    Verity,
    /// A word that the hook needs.
    #[error("'{0}' is missing")]
    Missing(&'static str),
}
