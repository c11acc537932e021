//! What dpkg keeps of installed packages, read only.
//!
//! SPEC: dpkg's `info` folder, `diversions`, and the order in which it writes them; observed with
//! dpkg 1.21 and 1.22.

mod database;
mod diversions;
mod filters;
mod package;
mod stamp;

pub use database::{Database, DatabaseError, InstalledList};
pub use diversions::Diversions;
pub use filters::Filters;
pub use package::PackageName;
pub use stamp::Stamp;
