//! Takes files that need no answer any more out of the event stream.
//!
//! An ignore mark on an inode spares every later open of that file its way through the guard, until the file is
//! modified: the kernel drops the mark then. Two races could make such a mark outlive its reason, after which a changed
//! file would never be labelled:
//!
//! 1. The file is written to after the guard looked at it, and before the mark is there: the write finds no mark to drop.
//! 2. A list is taken in meanwhile that names the file: it removes all marks ([`Group::ask_again`]), but this one is set
//!    after that.
//!
//! So the mark is set first, and then both are checked: whether the content may differ from what was looked at, and
//! whether the signatures known are still those that were searched. If either changed, the mark is removed again. A
//! change after that check finds the mark in place and drops it itself.
//!
//! [`Group::ask_again`]: crate::machine::fanotify::Group::ask_again

use std::io;
use std::sync::Arc;

use nix::sys::stat::{FileStat, fstat};

use crate::guard::known::{Knowledge, Snapshot};
use crate::machine::fanotify::OpenEvent;

/// Ends events for the opened file until it changes. `before` is its status, and `searched` the signatures, as of when it
/// was looked at. A file that changed since keeps its events.
///
/// # Errors
/// The kernel's. Where the mark is set and cannot be removed, the guard does not see the file again until it changes.
pub(crate) fn ignore_until_changed(
    event: &OpenEvent,
    before: &FileStat,
    searched: &Arc<Snapshot>,
    knowledge: &Knowledge,
) -> io::Result<()> {
    // An empty file was just made, and will be written to.
    let Some(file) = event.file().filter(|_| before.st_size > 0) else {
        return Ok(());
    };
    event.ignore_until_changed()?;
    let after = fstat(file)?;
    let content = |status: &FileStat| (status.st_size, status.st_mtime, status.st_mtime_nsec);
    if content(before) != content(&after) || !Arc::ptr_eq(searched, &knowledge.now()) {
        event.ask_again()?;
    }
    Ok(())
}
