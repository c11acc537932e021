//! Those who call the guard: each sends one line and gets one back. Nobody is waited for, so that one who sends nothing
//! holds up nobody else.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// Longest line, in bytes.
const LINE_MAX: usize = 256;
/// How long a caller may take to send its line.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to pause where nobody can be let in, for want of descriptors, say.
const PAUSE: Duration = Duration::from_millis(10);
/// So many may be about to send theirs; one more, and the oldest is let go.
const CALLERS_MAX: usize = 32;

/// One that has not sent its whole line yet.
#[derive(Debug)]
struct Client {
    stream: UnixStream,
    line: Vec<u8>,
    until: Instant,
}

/// What came of reading on.
enum Received {
    Whole(String),
    NotYet,
    Never(io::Error),
}

impl Client {
    fn read_on(&mut self) -> Received {
        let mut buffer = [0; LINE_MAX];
        let ended = match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.line.extend(&buffer[..count]);
                count == 0
            }
            Err(error) if is_not_yet(&error) => return Received::NotYet,
            Err(error) => return Received::Never(error),
        };
        let line = self.line.split(|byte| *byte == b'\n').next();
        let line = line.unwrap_or_default();
        if line.len() > LINE_MAX {
            return Received::Never(io::ErrorKind::FileTooLarge.into());
        }
        if !ended && line.len() == self.line.len() {
            return Received::NotYet;
        }
        match std::str::from_utf8(line) {
            Ok(line) => Received::Whole(line.trim_end().to_owned()),
            Err(error) => Received::Never(io::Error::other(error)),
        }
    }
}

fn is_not_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// A caller whose line is whole, and waits for an answer.
#[derive(Debug)]
pub(super) struct Call {
    /// The line, without its end.
    pub(super) line: String,
    stream: UnixStream,
}

impl Call {
    /// Sends the answer, and lets the caller go.
    pub(super) fn answer(mut self, answer: &str) {
        // It fits into an empty socket's buffer: this does not block.
        if let Err(error) = writeln!(self.stream, "{answer}") {
            log::debug!("a caller did not wait for its answer: {error}");
        }
    }
}

/// The socket, and those who called.
#[derive(Debug)]
pub(super) struct Clients {
    listener: UnixListener,
    /// The oldest first.
    waiting: Vec<Client>,
}

impl Clients {
    /// Nobody has called yet.
    ///
    /// # Errors
    /// If the socket cannot be used.
    pub(super) fn new(listener: UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            waiting: Vec::new(),
        })
    }

    /// What is readable when somebody calls, or sends something.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let waiting = self.waiting.iter().map(|caller| caller.stream.as_fd());
        std::iter::once(self.listener.as_fd()).chain(waiting)
    }

    /// How long it may take until somebody has waited too long; none if nobody waits.
    pub(super) fn patience(&self) -> Option<Duration> {
        let first = self.waiting.first()?;
        Some(first.until.saturating_duration_since(Instant::now()))
    }

    /// Lets in who calls, and reads what was sent. Does not block.
    pub(super) fn hear(&mut self) -> Vec<Call> {
        self.let_in();
        let now = Instant::now();
        let mut calls = Vec::new();
        for mut caller in std::mem::take(&mut self.waiting) {
            match caller.read_on() {
                Received::Whole(line) => calls.push(Call {
                    line,
                    stream: caller.stream,
                }),
                Received::NotYet if now < caller.until => self.waiting.push(caller),
                Received::NotYet => log::warn!("a caller said nothing"),
                Received::Never(error) => log::warn!("a request could not be read: {error}"),
            }
        }
        calls
    }

    fn let_in(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.add(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    log::warn!("a request was lost: {error}");
                    std::thread::sleep(PAUSE);
                    return;
                }
            }
            if self.waiting.len() == CALLERS_MAX {
                return;
            }
        }
    }

    fn add(&mut self, stream: UnixStream) {
        if let Err(error) = stream.set_nonblocking(true) {
            log::warn!("a request was lost: {error}");
            return;
        }
        if self.waiting.len() == CALLERS_MAX {
            log::warn!("too many clients say nothing");
            self.waiting.remove(0);
        }
        self.waiting.push(Client {
            stream,
            line: Vec::new(),
            until: Instant::now() + PATIENCE,
        });
    }
}
