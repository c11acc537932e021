//! What a delivered list is worth.

use super::limits::LISTS_MAX;
use super::wanted::WantedList;
use crate::format::imasigs::List;
use crate::format::tree::{TreeError, decompress};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Why a list of a source is not used.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// It is damaged, over a limit, or no list.
    #[error(transparent)]
    Damaged(#[from] TreeError),
    /// It names none of the package's files, or scripts that are not the package's.
    #[error("it is the list of another package")]
    AnotherPackage,
    /// What the package's files are cannot be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The lists of one run are held in memory.
    #[error("all lists together are over {} MiB", LISTS_MAX >> 20)]
    TooMuch,
}

/// Decompresses a list and looks whether it may be the one that was wanted. `left` is how many bytes the lists of this
/// run may still have.
pub(super) fn accept(
    bytes: &[u8],
    wanted: &WantedList,
    root: &Root,
    left: &mut u64,
) -> Result<List, NotAccepted> {
    let mut entries = Vec::new();
    decompress(bytes, |entry| entries.push(entry))?;
    let list = List::new(entries);
    if !wanted.may_be(&list, root)? {
        return Err(NotAccepted::AnotherPackage);
    }
    // Only now: what is refused must not use up the room of what is not.
    *left = left
        .checked_sub(list.written_len())
        .ok_or(NotAccepted::TooMuch)?;
    Ok(list)
}
