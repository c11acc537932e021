//! Classes of waiting opens, and the lanes of workers that serve them.
//!
//! Each lane has a worker of its own, so that no class waits for a slow one: a list for a file, dpkg for users, a small file
//! for a large one.

use crate::guard::opener::Opener;

/// The largest small file, in bytes: about 10 ms of hashing.
pub(super) const LARGE: u64 = 4 << 20;

/// What a worker takes from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lane {
    /// Signature lists that dpkg has extracted.
    Lists,
    /// Files that dpkg opens.
    Dpkg,
    /// Files that dpkg opens, then small files of users.
    Small,
    /// Files that dpkg opens, then large files of users, then small ones.
    Any,
}

impl Lane {
    pub(super) const ALL: [Self; 4] = [Self::Lists, Self::Dpkg, Self::Small, Self::Any];
}

/// In which order an open is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Lists,
    /// Opener and size in bytes.
    Files(Opener, u64),
}

impl Class {
    /// The lanes that serve this class. An idle worker of an earlier lane is woken before one of a later lane.
    pub(super) const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::Lists => &[Lane::Lists],
            Self::Files(Opener::Dpkg, _) => &[Lane::Dpkg, Lane::Any, Lane::Small],
            Self::Files(Opener::User(_), size) if size <= LARGE => &[Lane::Small, Lane::Any],
            Self::Files(Opener::User(_), _) => &[Lane::Any],
        }
    }
}
