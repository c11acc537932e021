//! What hooks and the guard tell each other.
//!
//! Over the socket: one line of request, one line of answer. From a guard that starts to its starter: [`READY`] on
//! standard output, or an exit status.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of the guard's socket, lock and log, on a tmpfs.
pub(super) const FOLDER: &str = "/run/dpkg-ima";
/// Written by a guard to its starter once all filesystems are marked.
pub(super) const READY: &[u8] = b"ready\n";
/// Exit status of a guard that found another one running.
pub(super) const BUSY: u8 = 3;
/// The answer to a request that was carried out.
pub(super) const DONE: &str = "done";
/// The answer to a line that is no request, and to a request that could not be carried out.
pub(super) const FAILED: &str = "failed";

/// How long a guard may take to answer. It does nothing slow before it answers: one that takes longer stalls, and its
/// watchdog will end it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Stay until that process ends.
    Follow(u32),
    /// That process will unpack nothing more, though it may live on.
    Leave(u32),
    /// A sweep has labelled all that the process unpacked. Sent from its last hook, while it waits.
    Swept(u32),
    /// Take in announced signatures: the name of their file in the state folder.
    Announce(String),
    /// Open the store anew, which has changed. Says nothing of what was labelled.
    StoreChanged,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Follow(process) => write!(f, "follow {process}"),
            Self::Leave(process) => write!(f, "leave {process}"),
            Self::Announce(name) => write!(f, "announce {name}"),
            Self::Swept(process) => write!(f, "swept {process}"),
            Self::StoreChanged => f.write_str("store-changed"),
        }
    }
}

impl Request {
    /// The inverse of `Display`; `None` if the line is no request.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "follow" => rest.parse().ok().map(Self::Follow),
            "leave" => rest.parse().ok().map(Self::Leave),
            "announce" => Some(Self::Announce(rest.to_owned())),
            "swept" => rest.parse().ok().map(Self::Swept),
            "store-changed" if line == verb => Some(Self::StoreChanged),
            _ => None,
        }
    }
}

pub(super) fn socket() -> PathBuf {
    Path::new(FOLDER).join("socket")
}

/// Sends a request to the running guard, and waits until it is carried out. False if no guard runs.
///
/// # Errors
/// If the guard does not answer in time, or could not carry it out.
pub fn request(request: &Request) -> io::Result<bool> {
    let mut stream = match UnixStream::connect(socket()) {
        Ok(stream) => stream,
        Err(error) => return not_there(error),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if let Err(error) = writeln!(stream, "{request}") {
        return not_there(error);
    }
    let mut answer = String::new();
    match BufReader::new(stream).read_line(&mut answer) {
        Ok(0) => Ok(false),
        Ok(_) if answer.trim_end() == DONE => Ok(true),
        Ok(_) => Err(io::Error::other(
            "the guard could not do it; see its log in /run/dpkg-ima",
        )),
        Err(error) => not_there(error),
    }
}

/// `Ok(false)` for an error which says that no guard is there, or that one is just ending.
fn not_there(error: io::Error) -> io::Result<bool> {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, NotFound};
    match error.kind() {
        NotFound | ConnectionRefused | ConnectionReset | BrokenPipe => Ok(false),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_there_and_back() {
        for request in [
            Request::Follow(17),
            Request::Leave(17),
            Request::Announce("announced.17".into()),
            Request::Swept(17),
            Request::StoreChanged,
        ] {
            assert_eq!(Request::parse(&request.to_string()), Some(request));
        }
        for bad in [
            "",
            "follow",
            "follow x",
            "follow -1",
            "swept",
            "store-changed now",
            "store-changed ",
            "reload",
        ] {
            assert_eq!(Request::parse(bad), None, "{bad:?}");
        }
    }
}
