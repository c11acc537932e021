//! How a command that would go on for ever is ended by its user.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Ctrl-C and the like, and an output that nobody reads any more.
#[derive(Debug)]
pub struct EndRequest(SignalFd);

impl EndRequest {
    /// From now on SIGINT, SIGTERM and SIGHUP do not end the process. To be called before other threads are started; std
    /// gives the programs that it runs an empty mask.
    ///
    /// # Errors
    /// If the signals cannot be blocked.
    pub fn catch() -> io::Result<Self> {
        let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]
            .into_iter()
            .collect();
        signals.thread_block()?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(Self(SignalFd::with_flags(&signals, flags)?))
    }

    /// Waits for so long, or until the end is asked for: by one of the signals, or since the reader of `output`, a pipe or a
    /// terminal, has gone. Whether it is.
    ///
    /// # Errors
    /// If poll(2) fails.
    pub fn within(&self, patience: Duration, output: impl AsFd) -> io::Result<bool> {
        let mut waiting = [
            PollFd::new(self.0.as_fd(), PollFlags::POLLIN),
            // SPEC: poll(2): POLLERR and POLLHUP are told whatever is asked for.
            PollFd::new(output.as_fd(), PollFlags::empty()),
        ];
        let patience = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
        match poll(&mut waiting, patience) {
            Ok(happened) => Ok(happened > 0),
            Err(Errno::EINTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_that_nobody_reads_is_the_end() {
        let end = EndRequest::catch().unwrap();
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let tick = Duration::from_millis(1);
        assert!(!end.within(tick, &writer).unwrap());
        drop(reader);
        assert!(end.within(tick, &writer).unwrap());
        nix::sys::signal::raise(Signal::SIGTERM).unwrap();
        let file = tempfile::tempfile().unwrap();
        assert!(end.within(tick, &file).unwrap());
    }
}
