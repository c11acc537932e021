//! dpkg's database, read: packages and their states, lists, diversions, filters.
//!
//! SPEC: dpkg's `info` folder, `diversions`, and the order in which it writes them; observed with
//! dpkg 1.21 and 1.22.

mod database;
mod diversions;
mod file_lists;
mod filters;
mod instances;
mod lists;
mod local_list;
mod lock;
mod package;
mod stamp;
mod status;

pub use database::Database;
pub use diversions::Diversions;
pub use filters::Filters;
pub use lists::{DatabaseError, FETCHED_FOR_INSTALLED, InstalledList, ListEntries};
pub use local_list::LOCAL_LIST;
pub use lock::{DatabaseLock, LockError};
pub use package::PackageName;
pub use stamp::Stamp;
pub use status::{Build, InstalledPackage, installed_packages, unpacked_builds};
