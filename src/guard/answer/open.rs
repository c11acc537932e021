//! An open that waits for its answer.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nix::sys::stat::FileStat;

use super::lane::Class;
use crate::guard::opener::Opener;
use crate::machine::fanotify::OpenEvent;

/// An open that waits.
#[derive(Debug)]
pub(crate) struct PendingOpen {
    /// The open; it goes on when this is dropped, at the latest.
    pub(crate) event: OpenEvent,
    /// The file as it was when it was opened.
    pub(crate) status: FileStat,
    /// Who opens it, and what.
    pub(crate) class: Class,
    /// Since when it waits.
    pub(crate) since: Instant,
    /// How many pieces of the file were read.
    pub(crate) progress: AtomicU64,
}

impl PendingOpen {
    pub(super) fn is_dpkgs(&self) -> bool {
        !matches!(self.class, Class::Files(Opener::User(_), _))
    }

    /// A reader that tells how far it got, and gives up once nobody waits for it any more.
    pub(super) fn watched<R: Read>(&self, content: R) -> Watched<'_, R> {
        Watched {
            open: self,
            content,
        }
    }
}

/// See [`PendingOpen::watched`].
#[derive(Debug)]
pub(super) struct Watched<'a, R> {
    open: &'a PendingOpen,
    content: R,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A list is of use even if dpkg went on without it.
        if self.open.event.is_allowed() && self.open.class != Class::Lists {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read = self.content.read(buffer)?;
        self.open.progress.fetch_add(1, Ordering::Relaxed);
        Ok(read)
    }
}
