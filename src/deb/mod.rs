//! The .deb container: reading it strictly, and rewriting one control member.
//!
//! SPEC: deb(5), and what dpkg-deb takes in practice (`lib/dpkg/ar.c`, `src/deb/extract.c`). Where the
//! two differ we refuse: a package that two programs read differently must not be signed.

mod archive;
mod compression;
mod control;
#[cfg(feature = "cli")]
mod data;
mod error;
mod find;
#[cfg(feature = "cli")]
mod rewrite;

pub use archive::{Layout, Member};
pub use compression::Compression;
pub use control::{CONTROL_MAX, Control, SCRIPTS};
#[cfg(feature = "cli")]
pub use data::{DataFile, DataItem, walk};
pub use error::DebError;
pub use find::{FoundDebs, LeftOut, find_debs, is_deb};
#[cfg(feature = "cli")]
pub use rewrite::{Rewrite, Voided};
