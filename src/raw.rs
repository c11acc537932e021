//! The one file with `unsafe`: what no safe interface reaches.
#![expect(unsafe_code, reason = "each block says why it is sound")]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps a file to read. Only for files that are replaced by rename(2) and never changed in place.
///
/// # Errors
/// The kernel's.
pub fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: a mapping is unsound if the file shrinks or changes under it. Callers map files that
    // only root may write, and that this program writes once, under another name, before it renames
    // them to the name that is opened here.
    unsafe { Mmap::map(file) }
}
