//! The classes in which opens wait, and the lanes of workers that serve them.

use crate::guard::opener::Opener;

/// A larger file, in bytes, waits apart: more than 10 ms of hashing.
pub(super) const LARGE: u64 = 4 << 20;

/// What a worker takes from the queue. Each kind has a worker of its own, and none of them waits for
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lane {
    /// Signature lists.
    Lists,
    /// Only what dpkg opens.
    Dpkg,
    /// That, then small files.
    Small,
    /// Everything but lists, large files before small ones.
    Any,
}

impl Lane {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Lists, Self::Dpkg, Self::Small, Self::Any];
}

/// Where something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// With the lists.
    Lists,
    /// With the files of that size that this opener opens.
    Files(Opener, u64),
}

impl Class {
    /// The lanes that take it, the best first.
    pub(super) const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::Lists => &[Lane::Lists],
            Self::Files(Opener::Dpkg, _) => &[Lane::Dpkg, Lane::Any, Lane::Small],
            Self::Files(Opener::User(_), size) if size <= LARGE => &[Lane::Small, Lane::Any],
            Self::Files(Opener::User(_), _) => &[Lane::Any],
        }
    }
}
