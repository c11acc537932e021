//! How much an archive can make us do.

/// Disk that packages take at a time, in bytes, unless told otherwise. The indexes of Debian 13 take 60 MB more.
pub const DISK: u64 = 1 << 30;
/// Largest index, in bytes. That of Debian's main has 55 MB.
pub(super) const INDEX_MAX: u64 = 512 << 20;
/// Most packages that the indexes may name. Debian 13 has 69,000 for one architecture.
pub(super) const PACKAGES_MAX: usize = 1_000_000;
/// Largest file of sources, in bytes.
pub(super) const SOURCES_MAX: u64 = 1 << 20;
/// Largest file of names, and largest dpkg status, in bytes.
pub(super) const CHOICE_MAX: u64 = 128 << 20;
/// Longest messages of apt that are read, in bytes.
pub(super) const MESSAGES_MAX: u64 = 1 << 20;
/// What a package takes on the disk at least, in bytes: the limit for a file of apt's downloader is never lower, since its
/// messages are a file too.
pub(super) const PACKAGE_MIN: u64 = 1 << 20;
/// Most bytes of one call of apt's downloader, unless one package alone has more.
pub(super) const BATCH_MAX: u64 = 32 << 20;
