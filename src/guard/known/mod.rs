//! The signatures that the guard knows, from three sources: the store on disk (installed packages), the .debs that
//! apt is about to unpack (announced), and the lists that dpkg has extracted (unpacking).

mod knowledge;
mod unpacking;

pub(super) use knowledge::{Knowledge, Snapshot};
