//! The conditions of a rule, and how an access fulfils them.

use super::answer::{Access, Subject};

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `>`
    Greater,
    /// `<`
    Less,
}

/// Which number of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// The user or effective user of the process.
    User,
    /// Its group or effective group.
    Group,
    /// The file's owner.
    Owner,
    /// The file's group.
    OwnerGroup,
}

/// `mask=`: what the file is accessed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// `MAY_EXEC`
    Exec,
    /// `MAY_READ`
    Read,
    /// `MAY_WRITE`
    Write,
    /// `MAY_APPEND`
    Append,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `mask=`
    Mask(Mask),
    /// `fsmagic=`
    FsMagic(u64),
    /// `fsname=` or `fsuuid=`: which filesystem that is cannot be told here.
    Filesystem(String),
    /// `uid=`, `euid>`, `fowner=` and so on.
    Id(Id, Comparison, u32),
    /// `subj_role=`, `obj_type=` and so on: only the kernel's security module knows.
    Lsm(String),
}

/// Whether an access fulfils a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on what is not known before it happens.
    Perhaps,
}

impl From<bool> for Matching {
    fn from(fulfilled: bool) -> Self {
        if fulfilled { Self::Yes } else { Self::No }
    }
}

impl Condition {
    /// Whether an access fulfils it.
    #[must_use]
    pub fn matches(&self, access: &Access) -> Matching {
        match self {
            Self::Mask(mask) => (*mask == access.mask()).into(),
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

    /// For a number of which is known that it is not 0.
    const fn holds_for_anyone_but_root(self, than: u32) -> Matching {
        match (self, than) {
            (Self::Greater, 0) => Matching::Yes,
            (Self::Equal, 0) | (Self::Less, 0 | 1) => Matching::No,
            _ => Matching::Perhaps,
        }
    }
}
