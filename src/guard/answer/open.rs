//! An open(2) or execve(2) that waits for its answer.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nix::sys::stat::FileStat;

use super::lane::Class;
use crate::guard::opener::Opener;
use crate::machine::fanotify::OpenEvent;

/// An open whose event was read and not answered yet, and what is known about it. Dropping it allows the open.
#[derive(Debug)]
pub(crate) struct PendingOpen {
    pub(crate) event: OpenEvent,
    /// The file's status when the event was read.
    pub(crate) status: FileStat,
    pub(crate) opener: Opener,
    pub(crate) class: Class,
    /// When the event was read.
    pub(crate) since: Instant,
    /// Number of read(2) calls on the file so far: a worker whose number stands still hangs.
    pub(crate) progress: AtomicU64,
}

impl PendingOpen {
    pub(super) fn is_dpkgs(&self) -> bool {
        self.opener == Opener::Dpkg
    }

    /// Reads `content`, counts [`Self::progress`], and fails with `TimedOut` once the open was answered.
    pub(super) fn watched<R: Read>(&self, content: R) -> Watched<'_, R> {
        Watched {
            open: self,
            content,
        }
    }
}

/// Returned by [`PendingOpen::watched`].
#[derive(Debug)]
pub(super) struct Watched<'a, R> {
    open: &'a PendingOpen,
    content: R,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A list is useful even if dpkg no longer waits.
        if self.open.event.is_allowed() && self.open.class != Class::List {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read = self.content.read(buffer)?;
        self.open.progress.fetch_add(1, Ordering::Relaxed);
        Ok(read)
    }
}
