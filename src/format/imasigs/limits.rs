//! What all lists have in common: name, first line, and bounds.

/// Name of the control member. It has no dot: dpkg drops control members that have one.
pub const MEMBER: &str = "imasigs";

/// First line of every list.
pub const FIRST_LINE: &str = "#mtree v2.0";

/// Longest line that we read, in bytes: the longest path with every byte escaped, the longest
/// signature in base64, and room for keywords to come.
pub const LINE_MAX: usize = 32 * 1024;

/// Most keywords that an entry may have. We know four; each further digest or attribute is one more.
pub const KEYWORDS_MAX: usize = 32;

/// Most signatures of one file, each by another key. While a key is exchanged there are two. The store takes in as many signatures of
/// a content from one list.
pub const FILE_SIGNATURES_MAX: usize = 8;

/// Most entries that we read: the largest Debian package has about 100,000 files.
pub const ENTRIES_MAX: usize = 250_000;

/// Longest list that we read, in bytes. That of a package with 100,000 files, signed with RSA-4096, is about
/// 90 MB.
pub const LIST_MAX: u64 = 128 << 20;
