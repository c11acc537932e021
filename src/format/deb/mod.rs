//! The .deb container: reading it as dpkg does, and rewriting one control member.
//!
//! SPEC: deb(5), and what dpkg takes in practice: `lib/dpkg/ar.c` and `src/format/deb/extract.c` the archive,
//! `lib/dpkg/compress.c` the compressions, `lib/dpkg/tarfn.c` data.tar, and GNU tar control.tar. What dpkg
//! installs is taken, but for the forms that imasigs(5) lists: there other programs read something else.
//! `tests/integration/forms` has each form, and the real dpkg as the judge.

mod ar_header;
mod archive;
mod block;
mod compression;
mod control;
mod control_tar;
mod data;
mod data_tar;
mod error;
mod first_stream;
mod gzip;
mod layout;
mod pax;
#[cfg(feature = "cli")]
mod rewrite;
mod version;

pub use compression::Compression;
pub use control::{Control, SCRIPTS};
pub use control_tar::{CONTROL_MAX, MEMBERS_MAX};
pub use data::{DATA_ENTRIES_MAX, DataFile, DataItem, walk};
pub use error::DebError;
pub use layout::{Layout, Member};
#[cfg(feature = "cli")]
pub use rewrite::{Rewrite, Voided};
