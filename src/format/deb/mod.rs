//! The .deb container: read as dpkg reads it, and written with another signature list.
//!
//! [`Layout::scan`] finds the members of the ar archive, [`Control::read`] reads control.tar, [`walk`] reads data.tar,
//! and
//! `Rewrite` writes the package anew. `archive`, `control_tar` and `data_tar` are the three readers beneath.
//!
//! SPEC: deb(5), and what dpkg takes in practice: `lib/dpkg/ar.c` and `src/format/deb/extract.c` the archive,
//! `lib/dpkg/compress.c` the compressions, `lib/dpkg/tarfn.c` data.tar, and GNU tar control.tar. Whatever dpkg
//! installs is read, but for the forms that imasigs(5) lists, in which other programs find other files.
//! `tests/integration/forms` has each form, and the real dpkg as the judge.

mod ar_header;
mod archive;
mod block;
mod compression;
mod control;
mod control_tar;
mod data;
mod data_tar;
mod debian_binary;
mod error;
mod first_stream;
mod gzip;
mod layout;
mod pax;
#[cfg(feature = "cli")]
mod rewrite;

pub use compression::Compression;
pub use control::{Control, SCRIPTS};
pub use control_tar::{CONTROL_MAX, MEMBERS_MAX};
pub use data::{DATA_ENTRIES_MAX, DataFile, DataItem, walk};
pub use error::DebError;
pub use layout::{Layout, Member};
#[cfg(feature = "cli")]
pub use rewrite::{Rewrite, Voided};
