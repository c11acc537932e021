//! Takes files that need no answer any more out of the event stream.
//!
//! An ignore mark on an inode spares every later open of that file its way through the guard, until the file is
//! modified: the kernel drops the mark then. Two races could make a mark outlive its reason, and a file that no longer is
//! what was looked at would stay unlabelled:
//!
//! 1. A process writes to the file after the guard looked at it and before the mark is there: no mark is dropped.
//! 2. A worker takes in a list that names the file and removes all marks ([`Group::ask_again`]); this one is set after
//!    that.
//!
//! So the mark is set first, and then both are checked: whether the content may differ from what was looked at, and
//! whether the signatures that were searched are still all that are known. If either changed, the mark is removed. A
//! write or a list after the check finds the mark in place, and removes it.
//!
//! [`Group::ask_again`]: crate::machine::fanotify::Group::ask_again

use std::io;
use std::sync::Arc;

use nix::sys::stat::{FileStat, fstat};

use crate::guard::known::{Knowledge, Snapshot};
use crate::machine::fanotify::OpenEvent;

/// Ends events for the opened file until it changes. `before` is its status, and `searched` the signatures, as of
/// when it was looked at. A file that changed since keeps its events.
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
