//! A pipe that is read until a moment, and not for ever.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Reading from it fails with [`ErrorKind::TimedOut`] where nothing comes before the deadline.
#[derive(Debug)]
pub(super) struct TimedPipe<P> {
    pub(super) pipe: P,
    /// None: there is all the time.
    pub(super) deadline: Option<Instant>,
}

impl<P: Read + AsFd> Read for TimedPipe<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let patience = left.map_or(PollTimeout::NONE, |left| {
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        let mut waiting = [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waiting, patience) {
            Ok(0) => Err(ErrorKind::TimedOut.into()),
            Ok(_) => self.pipe.read(buffer),
            // Whoever reads tries again.
            Err(Errno::EINTR) => Err(ErrorKind::Interrupted.into()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn nothing_is_waited_for_behind_the_deadline() {
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let (pipe, mut writer) = (File::from(reader), File::from(writer));
        let deadline = Some(Instant::now() + Duration::from_millis(50));
        let mut timed = TimedPipe { pipe, deadline };
        let mut byte = [0];
        let error = timed.read(&mut byte).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        // What is there is read all the same, and so is the end.
        writer.write_all(b"x").unwrap();
        assert_eq!(timed.read(&mut byte).unwrap(), 1);
        drop(writer);
        assert_eq!(timed.read(&mut byte).unwrap(), 0);
    }
}
