//! The signature list: the control member `imasigs`, in mtree(5) syntax.
//!
//! One line a file, sorted by path:
//!
//! ```text
//! #mtree v2.0
//! ./DEBIAN/postinst type=file size=42 sha256=… security.ima=…
//! ./usr/bin/hello type=file size=26856 sha256=… security.ima=…
//! ```
//!
//! SPEC: the syntax discussed for dpkg in 2017 and 2018 (debian-dpkg, "Unified package metadata
//! format"): no relative names, no continuation lines; in a path every byte outside printable ASCII,
//! and each of `\ # =` and space, is a backslash and three octal digits. Keys that this program does
//! not know are kept and ignored. imasigs(5) is the full description.

mod entry;
mod error;
mod escape;
mod line;
mod read;
mod write;

pub use entry::{Entry, List};
pub use error::{ListError, Problem};
pub use escape::escaped;
pub use read::Parser;

/// Name of the control member. It has no dot: dpkg drops control members that have one.
pub const MEMBER: &str = "imasigs";

/// First line of every list.
pub const FIRST_LINE: &str = "#mtree v2.0";

/// Longest line that we read, in bytes: the longest path with every byte escaped, the longest
/// signature in base64, and room for keys to come.
pub const LINE_MAX: usize = 32 * 1024;

/// Most keys that an entry may have. We know four, and each digest and attribute to come is one more.
pub const KEYS_MAX: usize = 32;

/// Most entries that we read: the largest Debian package has about 100,000 files.
pub const ENTRIES_MAX: usize = 250_000;

/// Longest list that we read, in bytes. That of a package with 100,000 files, signed with RSA-4096, is about
/// 90 MB.
pub const LIST_MAX: u64 = 128 << 20;
