//! The guard's main thread: takes requests, follows processes, and knows when to end.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Child;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::client::{DONE, FAILED, Request};
use super::knowledge::Knowledge;
use super::start::ourselves;
use crate::store::Announced;

/// Longest request, in bytes.
const REQUEST_MAX: u64 = 256;
/// How long a client may take to send its one line.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the main thread looks after.
#[derive(Debug)]
pub(super) struct Control<'a> {
    listener: UnixListener,
    knowledge: &'a Knowledge,
    followed: HashMap<u32, OwnedFd>,
    /// Whether everything was swept since the last process was followed.
    swept: bool,
    sweeper: Option<Child>,
}

impl<'a> Control<'a> {
    /// Follows that process from the start.
    pub(super) fn new(listener: UnixListener, knowledge: &'a Knowledge, first: u32) -> Self {
        let mut control = Self {
            listener,
            knowledge,
            followed: HashMap::new(),
            swept: false,
            sweeper: None,
        };
        control.follow(first);
        control
    }

    /// Serves until all that was followed is gone and all is swept.
    ///
    /// # Errors
    /// If waiting fails.
    pub(super) fn run(&mut self) -> io::Result<()> {
        while !self.followed.is_empty() || self.sweep_once_more() {
            let (gone, called) = self.wait()?;
            for process in gone {
                self.followed.remove(&process);
                self.reap(process);
            }
            if called {
                match self.listener.accept() {
                    Ok((stream, _)) => self.serve(stream),
                    Err(error) => log::warn!("a request was lost: {error}"),
                }
            }
        }
        Ok(())
    }

    /// The followed processes that ended, and whether somebody wants to be served.
    fn wait(&self) -> io::Result<(Vec<u32>, bool)> {
        let (processes, descriptors): (Vec<u32>, Vec<&OwnedFd>) = self
            .followed
            .iter()
            .map(|(process, fd)| (*process, fd))
            .unzip();
        let listener = std::iter::once(self.listener.as_fd());
        let mut waiting: Vec<PollFd<'_>> = listener
            .chain(descriptors.iter().map(AsFd::as_fd))
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        match poll(&mut waiting, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
        let (caller, ended) = waiting.split_first().expect("the listener is always there");
        let ended = processes.into_iter().zip(ended);
        let gone = ended
            .filter(|(_, fd)| ready(fd))
            .map(|(process, _)| process);
        Ok((gone.collect(), ready(caller)))
    }

    /// One connection, one request, one answer.
    fn serve(&mut self, stream: UnixStream) {
        let answer = match self.read_request(&stream) {
            Ok(Some(request)) => self.obey(request),
            Ok(None) => FAILED,
            Err(error) => {
                log::warn!("a request could not be read: {error}");
                return;
            }
        };
        let mut stream = stream;
        if let Err(error) = writeln!(stream, "{answer}") {
            log::debug!("a client did not wait for its answer: {error}");
        }
    }

    fn read_request(&self, stream: &UnixStream) -> io::Result<Option<Request>> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut line = String::new();
        BufReader::new(stream.take(REQUEST_MAX)).read_line(&mut line)?;
        Ok(Request::parse(line.trim_end()))
    }

    fn obey(&mut self, request: Request) -> &'static str {
        log::debug!("request: {request}");
        match request {
            Request::Follow(process) => self.follow(process),
            Request::Leave(process) => {
                self.followed.remove(&process);
            }
            Request::Announce(name) => match Announced::open(self.knowledge.root(), &name) {
                Ok(Some(segment)) => self.knowledge.announce(segment),
                Ok(None) => return FAILED,
                Err(error) => {
                    log::warn!("{error}");
                    return FAILED;
                }
            },
            Request::Reload => {
                self.swept = true;
                if let Err(error) = self.knowledge.reload() {
                    log::warn!("{error}");
                    return FAILED;
                }
            }
        }
        DONE
    }

    /// A process that is gone already is not followed.
    fn follow(&mut self, process: u32) {
        let id = i32::try_from(process).ok().and_then(Pid::from_raw);
        match id.map(|id| pidfd_open(id, PidfdFlags::empty())) {
            Some(Ok(descriptor)) => {
                self.swept = false;
                self.followed.insert(process, descriptor);
            }
            Some(Err(error)) => log::debug!("process {process} is not followed: {error}"),
            None => log::debug!("{process} is no process"),
        }
    }

    /// Begins a sweep if nobody has swept since the last process came: dpkg was killed, say. It runs in
    /// a process of its own, whose opens are answered like anybody's. Returns whether there is
    /// something to wait for.
    fn sweep_once_more(&mut self) -> bool {
        if std::mem::replace(&mut self.swept, true) {
            return false;
        }
        match ourselves(&["sweep"]).spawn() {
            Ok(child) => {
                self.follow(child.id());
                self.swept = true;
                self.sweeper = Some(child);
            }
            Err(error) => log::warn!("cannot sweep: {error}"),
        }
        !self.followed.is_empty()
    }

    fn reap(&mut self, process: u32) {
        if let Some(mut child) = self.sweeper.take_if(|child| child.id() == process) {
            match child.wait() {
                Ok(status) => log::debug!("the last sweep ended: {status}"),
                Err(error) => log::warn!("the last sweep: {error}"),
            }
        }
    }
}
