//! The .deb container: reading it as dpkg does, and rewriting one control member.
//!
//! SPEC: deb(5), and what dpkg takes in practice: `lib/dpkg/ar.c` and `src/format/deb/extract.c` the archive,
//! `lib/dpkg/compress.c` the compressions, `lib/dpkg/tarfn.c` data.tar, and GNU tar control.tar. What dpkg
//! installs is taken, but for the forms that imasigs(5) lists: there other programs read something else.
//! `tests/integration/forms` has each form, and the real dpkg as the judge.

mod archive;
mod block;
mod compression;
mod control;
mod control_tar;
#[cfg(feature = "cli")]
mod data;
#[cfg(feature = "cli")]
mod entries;
mod error;
mod find;
mod first_stream;
mod gzip;
mod pax;
#[cfg(feature = "cli")]
mod rewrite;
mod version;

pub use archive::{Layout, Member};
pub use compression::Compression;
pub use control::{Control, SCRIPTS};
pub use control_tar::{CONTROL_MAX, MEMBERS_MAX};
#[cfg(feature = "cli")]
pub use data::{DATA_ENTRIES_MAX, DataFile, DataItem, walk};
pub use error::DebError;
pub use find::{FoundDebs, LeftOut, find_debs, is_deb};
#[cfg(feature = "cli")]
pub use rewrite::{Rewrite, Voided};
