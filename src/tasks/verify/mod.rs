//! `dpkg-ima verify`: a verdict for each file of a .deb, of a list, of an installed package, of the whole system,
//! or by itself.
//!
//! A verdict is a value. An error means that it could not be decided.

mod deb;
mod file;
mod finding;
mod installed;
mod list;
mod system;

pub use deb::verify_deb;
pub use file::verify_file;
pub use finding::Finding;
pub use installed::verify_installed;
pub use list::verify_list;
pub(super) use system::owners_of;
pub use system::{Advance, SystemEvent, SystemFinding, verify_system};
