//! The conditions of a rule, and whether an access fulfils them.

use super::{Access, Mask, Subject};

/// How the number of an access is compared with that of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `>`
    Greater,
    /// `<`
    Less,
}

/// The number of an access that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// The user or effective user of the process.
    User,
    /// The group or effective group of the process.
    Group,
    /// The file's owner.
    Owner,
    /// The file's group.
    OwnerGroup,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `mask=`
    Mask(Mask),
    /// `fsmagic=`
    FsMagic(u64),
    /// `fsname=` or `fsuuid=`: an [`Access`] does not say which filesystem it is on.
    Filesystem(String),
    /// `uid=`, `euid>`, `fowner=` and so on.
    Id(Id, Comparison, u32),
    /// `subj_role=`, `obj_type=` and so on: only the kernel's security module knows these.
    Lsm(String),
}

/// Whether an access fulfils a condition, or all of a rule's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Only the kernel knows, when the access happens.
    Perhaps,
}

impl From<bool> for Matching {
    fn from(fulfilled: bool) -> Self {
        if fulfilled { Self::Yes } else { Self::No }
    }
}

impl Condition {
    /// Whether an access fulfils the condition.
    #[must_use]
    pub fn matches(&self, access: &Access) -> Matching {
        match self {
            Self::Mask(mask) => (*mask == access.mask).into(),
            Self::FsMagic(magic) => (*magic == access.fs_magic).into(),
            Self::Filesystem(_) | Self::Lsm(_) => Matching::Perhaps,
            Self::Id(Id::Owner, comparison, id) => comparison.holds(access.owner, *id).into(),
            Self::Id(Id::OwnerGroup, comparison, id) => comparison.holds(access.group, *id).into(),
            Self::Id(Id::User | Id::Group, comparison, id) => match access.subject {
                Subject::Root => comparison.holds(0, *id).into(),
                Subject::AnyoneElse => comparison.holds_for_anyone_but_root(*id),
            },
        }
    }
}

impl Comparison {
    const fn holds(self, value: u32, than: u32) -> bool {
        match self {
            Self::Equal => value == than,
            Self::Greater => value > than,
            Self::Less => value < than,
        }
    }

    /// Compares a number of which is known only that it is not 0.
    const fn holds_for_anyone_but_root(self, than: u32) -> Matching {
        match (self, than) {
            (Self::Greater, 0) => Matching::Yes,
            (Self::Equal, 0) | (Self::Less, 0 | 1) => Matching::No,
            _ => Matching::Perhaps,
        }
    }
}
