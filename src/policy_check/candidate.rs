//! A file that may be executed, mapped or loaded.

use std::path::PathBuf;

/// A regular file, as far as policies look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// From the root.
    pub path: PathBuf,
    /// Permission bits.
    pub mode: u32,
    /// Its owner.
    pub owner: u32,
    /// Its group.
    pub group: u32,
    /// The kind of its filesystem.
    pub fs_magic: u64,
    /// Whether it is machine code, which a loader maps.
    pub is_elf: bool,
}
