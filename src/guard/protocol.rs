//! How hooks talk to the guard: one line there, one line back.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a guard may take to answer. It does nothing slow before it answers; past that it is
/// stalled, and its watchdog will see to it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a hook can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Stay as long as that process lives.
    Follow(u32),
    /// That process is done with packages, though it may live on.
    Leave(u32),
    /// All that process has done is swept: it waited meanwhile, in its last hook.
    Swept(u32),
    /// Take in the announced signatures in that file of the state folder.
    Announce(String),
    /// The store has changed: open it anew. Says nothing of what was labelled.
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
    /// The inverse of `Display`; none if it is no request.
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

/// Where the guard has its socket, lock and log: on a tmpfs that only root can reach.
pub(super) const FOLDER: &str = "/run/dpkg-ima";
/// What the guard writes to its starter when all is in place.
pub(super) const READY: &[u8] = b"ready\n";
/// Exit status of a guard that found another.
pub(super) const BUSY: i32 = 3;
/// What the guard answers.
pub(super) const DONE: &str = "done";
/// What it answers to a request that it does not know, or that failed.
pub(super) const FAILED: &str = "failed";

/// The guard's socket.
pub(super) fn socket() -> PathBuf {
    Path::new(FOLDER).join("socket")
}

/// Asks the guard that runs; false if none does.
///
/// # Errors
/// If it does not answer, or could not do it.
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

/// A guard that is not there, or is just ending, is no error.
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
