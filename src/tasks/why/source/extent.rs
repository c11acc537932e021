//! What became of one source.

/// How far a source could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// It is not there.
    Absent,
    /// All that it keeps.
    Whole,
    /// All that it keeps, and it has dropped older lines of this boot.
    BeginsLate,
}
