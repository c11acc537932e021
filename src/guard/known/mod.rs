//! The signatures that the guard knows: of installed packages, of announced .debs, and of packages that
//! dpkg is unpacking.

mod knowledge;
mod unpacking;

pub(super) use knowledge::{Knowledge, Snapshot};
