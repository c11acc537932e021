//! What .debs hold that is signed, or should be: which files a folder offers, their lists, and the paths and digests of
//! the files in them, from one walk over data.tar.
//!
//! Signing and verifying share it, so that the two never disagree on which files matter.

mod error;
mod find;
mod hashed;
mod open_deb;
mod scripts;
mod select;
mod walk;

pub use error::ContentsError;
pub use find::{FoundDebs, OtherFiles, PRIVATE_FOLDER, find_debs, find_debs_outside, is_deb};
pub use hashed::{HashedContent, HashedFile};
pub use open_deb::{OpenDeb, control_of};
pub use scripts::scripts;
pub use select::Selection;
pub use walk::{Wanted, files};
