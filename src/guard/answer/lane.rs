//! Classes of waiting opens, and the lanes of workers that serve them.
//!
//! Each lane has a worker of its own, so that no class waits for a slow one: a list for a file, dpkg for users, a
//! small file for a large one.

use crate::guard::opener::Opener;

/// The largest small file, in bytes: about 10 ms of hashing.
pub(super) const LARGE: u64 = 4 << 20;

/// The kinds of opens that wait apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A signature list that a dpkg has extracted, followed or not.
    List,
    /// A file that dpkg opens.
    Dpkg,
    /// A file that a user opens.
    Small,
    /// The same, of more than [`LARGE`] bytes.
    Large,
}

/// What a worker takes from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lane {
    Lists,
    Dpkg,
    Small,
    Any,
}

impl Class {
    pub(crate) const fn of_file(opener: Opener, size: u64) -> Self {
        match opener {
            Opener::Dpkg => Self::Dpkg,
            Opener::User(_) if size <= LARGE => Self::Small,
            Opener::User(_) => Self::Large,
        }
    }

    /// The lanes that serve this class; an idle worker of an earlier one is woken first.
    pub(super) const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::List => &[Lane::Lists],
            Self::Dpkg => &[Lane::Dpkg, Lane::Any, Lane::Small],
            Self::Small => &[Lane::Small, Lane::Any],
            Self::Large => &[Lane::Any],
        }
    }
}

impl Lane {
    pub(super) const ALL: [Self; 4] = [Self::Lists, Self::Dpkg, Self::Small, Self::Any];

    /// The classes that the lane serves; no open of a later one is taken while one of an earlier one waits.
    pub(super) const fn classes(self) -> &'static [Class] {
        match self {
            Self::Lists => &[Class::List],
            Self::Dpkg => &[Class::Dpkg],
            Self::Small => &[Class::Dpkg, Class::Small],
            Self::Any => &[Class::Dpkg, Class::Large, Class::Small],
        }
    }
}
