//! The main thread: one loop over requests, followed processes and the last sweep.

use std::io;
use std::os::unix::net::UnixListener;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::clients::{Call, Clients};
use super::followed::Followed;
use super::last_sweep::LastSweep;
use crate::guard::known::Knowledge;
use crate::guard::opener::FollowedIds;
use crate::guard::process::ourselves;
use crate::guard::protocol::{DONE, FAILED, Request};
use crate::machine::error::SystemError;
use crate::signatures::Announced;

/// Serves the socket and follows processes. Single-threaded: requests are obeyed one after the other.
#[derive(Debug)]
pub(crate) struct MainThread<'a> {
    clients: Clients,
    knowledge: &'a Knowledge,
    followed: Followed,
    last_sweep: LastSweep,
}

impl<'a> MainThread<'a> {
    /// Takes requests from that socket, and follows that process from the start.
    ///
    /// # Errors
    /// If the socket cannot be made non-blocking.
    pub(crate) fn new(
        listener: UnixListener,
        knowledge: &'a Knowledge,
        first: u32,
    ) -> io::Result<Self> {
        let mut main_thread = Self {
            clients: Clients::new(listener)?,
            knowledge,
            followed: Followed::default(),
            last_sweep: LastSweep::new(ourselves(&["sweep"])),
        };
        main_thread.follow(first);
        Ok(main_thread)
    }

    /// The ids that are followed; the set stays current while the thread runs.
    pub(crate) fn followed_ids(&self) -> FollowedIds {
        self.followed.ids()
    }

    /// Serves until every followed process is gone and all that they unpacked is swept.
    ///
    /// # Errors
    /// If poll(2) fails.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        while self.is_needed() {
            self.wait()?;
            for call in self.clients.hear() {
                self.serve(call);
            }
            self.followed.leave_ended()?;
            self.last_sweep.reap();
        }
        Ok(())
    }

    /// Begins the last sweep once no process is left whose own sweep could take its place.
    fn is_needed(&mut self) -> bool {
        let idle = self.followed.is_empty() && !self.last_sweep.is_running();
        if idle && self.followed.take_unswept() {
            self.last_sweep.begin();
        }
        !self.followed.is_empty() || self.last_sweep.is_running()
    }

    /// Returns when a client calls or sends, when a process or the last sweep ends, or when a client has been silent
    /// for too long.
    fn wait(&self) -> io::Result<()> {
        let ends = self.last_sweep.descriptor().into_iter();
        let ends = ends.chain(self.followed.descriptors());
        let mut waiting: Vec<PollFd<'_>> = ends
            .chain(self.clients.descriptors())
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        let patience = self.clients.patience().map(PollTimeout::try_from);
        let patience = patience.map_or(PollTimeout::NONE, |time| time.unwrap_or(PollTimeout::MAX));
        match poll(&mut waiting, patience) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn serve(&mut self, call: Call) {
        let request = Request::parse(&call.line);
        let done = request.is_some_and(|request| {
            log::debug!("request: {request:?}");
            self.obey(request)
        });
        call.answer(if done { DONE } else { FAILED });
    }

    /// Whether the request could be carried out.
    fn obey(&mut self, request: Request) -> bool {
        match request {
            Request::Follow(process) => self.follow(process),
            Request::Leave(process) => {
                self.followed.leave(process);
                true
            }
            Request::Swept(process) => {
                self.followed.note_swept(process);
                true
            }
            Request::Announce(name) => {
                let segment = logged(Announced::open(self.knowledge.root(), &name)).flatten();
                segment.map(|it| self.knowledge.announce(it)).is_some()
            }
            Request::StoreChanged => logged(self.knowledge.open_store_anew()).is_some(),
        }
    }

    fn follow(&mut self, process: u32) -> bool {
        match self.followed.follow(process) {
            Ok(()) => true,
            Err(error) => {
                log::warn!("process {process} cannot be followed: {error}");
                false
            }
        }
    }
}

/// The result; an error goes to the log.
fn logged<T>(result: Result<T, SystemError>) -> Option<T> {
    result.inspect_err(|error| log::warn!("{error}")).ok()
}

#[cfg(test)]
mod tests;
