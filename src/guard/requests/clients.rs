//! The clients of the socket: each sends one line and receives one. No call blocks, so that a client that sends
//! nothing holds up no other.

use std::io::ErrorKind::{Interrupted, WouldBlock};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// The longest line, in bytes.
const LINE_MAX: usize = 256;
/// How long a client may take to send its line.
const SILENCE: Duration = Duration::from_secs(1);
/// Pause after a client could not be accepted, for want of descriptors, say: the socket stays readable.
const PAUSE: Duration = Duration::from_millis(10);
/// The most clients that have not sent their line yet; for one more the oldest is dropped.
const CLIENTS_MAX: usize = 32;

/// A client that has not sent its whole line yet.
#[derive(Debug)]
struct Client {
    stream: UnixStream,
    line: Vec<u8>,
    until: Instant,
}

impl Client {
    /// Reads on; returns the line once it is complete.
    fn read_on(&mut self) -> io::Result<Option<String>> {
        let mut buffer = [0; LINE_MAX];
        let count = match self.stream.read(&mut buffer) {
            Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => return Ok(None),
            read => read?,
        };
        self.line.extend(&buffer[..count]);
        let line = self.line.split(|byte| *byte == b'\n').next();
        let line = line.unwrap_or_default();
        if line.len() > LINE_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if count > 0 && line.len() == self.line.len() {
            return Ok(None);
        }
        let line = std::str::from_utf8(line).map_err(io::Error::other)?;
        Ok(Some(line.trim_end().to_owned()))
    }
}

/// A client that has sent its line, and waits for the answer.
#[derive(Debug)]
pub(super) struct Call {
    /// Without the newline.
    pub(super) line: String,
    stream: UnixStream,
}

impl Call {
    /// Sends the answer and closes the connection.
    pub(super) fn answer(mut self, answer: &str) {
        // It fits into an empty socket's buffer: this does not block.
        if let Err(error) = writeln!(self.stream, "{answer}") {
            log::debug!("a client did not wait for its answer: {error}");
        }
    }
}

/// The socket, and the clients that have not sent their line yet.
#[derive(Debug)]
pub(super) struct Clients {
    listener: UnixListener,
    /// How long a client may take to send its line.
    pub(super) silence: Duration,
    /// The oldest first.
    waiting: Vec<Client>,
}

impl Clients {
    /// # Errors
    /// If the socket cannot be made non-blocking.
    pub(super) fn new(listener: UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            silence: SILENCE,
            waiting: Vec::new(),
        })
    }

    /// Descriptors of which one is readable when a client connects or sends.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let waiting = self.waiting.iter().map(|client| client.stream.as_fd());
        std::iter::once(self.listener.as_fd()).chain(waiting)
    }

    /// The time until the first client has been silent for too long; `None` without clients.
    pub(super) fn patience(&self) -> Option<Duration> {
        let first = self.waiting.first()?;
        Some(first.until.saturating_duration_since(Instant::now()))
    }

    /// Accepts new clients and reads what was sent. Returns those whose line is complete, and drops those that were
    /// silent for too long.
    pub(super) fn hear(&mut self) -> Vec<Call> {
        self.accept();
        let now = Instant::now();
        let mut calls = Vec::new();
        for mut client in std::mem::take(&mut self.waiting) {
            match client.read_on() {
                Ok(Some(line)) => {
                    let stream = client.stream;
                    calls.push(Call { line, stream });
                }
                Ok(None) if now < client.until => self.waiting.push(client),
                Ok(None) => log::warn!("a client sent no request in time"),
                Err(error) => log::warn!("a request could not be read: {error}"),
            }
        }
        calls
    }

    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.add(stream),
                Err(error) if error.kind() == WouldBlock => return,
                Err(error) => {
                    log::warn!("a request was lost: {error}");
                    std::thread::sleep(PAUSE);
                    return;
                }
            }
            if self.waiting.len() == CLIENTS_MAX {
                return;
            }
        }
    }

    fn add(&mut self, stream: UnixStream) {
        if let Err(error) = stream.set_nonblocking(true) {
            log::warn!("a request was lost: {error}");
            return;
        }
        if self.waiting.len() == CLIENTS_MAX {
            log::warn!("too many clients send no request");
            self.waiting.remove(0);
        }
        self.waiting.push(Client {
            stream,
            line: Vec::new(),
            until: Instant::now() + self.silence,
        });
    }
}
