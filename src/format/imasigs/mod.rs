//! The signature list: the control member `imasigs`, a specification in the syntax of mtree(5).
//!
//! Each entry is one line, and they are sorted by path. A file that several keys have signed has an entry for each, in the
//! order of the keys' ids:
//!
//! ```text
//! #mtree v2.0
//! ./DEBIAN/postinst type=file size=42 sha256=… security.ima=…
//! ./usr/bin/hello type=file size=26856 sha256=… security.ima=…
//! ```
//!
//! SPEC: the syntax discussed for dpkg in 2017 and 2018 (debian-dpkg, "Unified package metadata
//! format"): no relative names, no continuation lines; in a path every byte outside printable ASCII,
//! and each of `\ # =` and space, is a backslash and three octal digits. Keywords that this program
//! does not know are kept and ignored. imasigs(5) is the full description.

mod by_file;
mod entry;
mod error;
mod escape;
mod file_entries;
mod limits;
mod line;
mod list;
mod read;
#[cfg(test)]
pub(crate) mod sample;
mod write;

pub use by_file::ByFile;
pub use entry::Entry;
pub use error::{ListError, Problem};
pub use escape::{escaped, unescaped};
pub use file_entries::{FileEntries, ListedFile};
pub use limits::{
    ENTRIES_MAX, FILE_SIGNATURES_MAX, FIRST_LINE, KEYWORDS_MAX, LINE_MAX, LIST_MAX, MEMBER,
};
pub use list::List;
pub use read::Parser;
