//! A second process that kills the guard when it stalls: when it is stopped or starved, or when not even its overseer
//! can answer. The kernel then allows all opens that wait.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{PidfdFlags, Signal, getppid, pidfd_open, pidfd_send_signal};

use super::process::ourselves;

/// The longest time without a beat, in milliseconds. An open waits so long for a guard that is stopped. A guard that
/// runs and does not answer stops beating when the open has waited for 12 seconds (`answer::overseer`); then these are
/// added.
const STALLED: u16 = 15_000;
/// The least time between two beats.
const INTERVAL: Duration = Duration::from_secs(1);

/// The guard's end of the pipe to its watchdog.
#[derive(Debug)]
pub(super) struct Pulse {
    pipe: ChildStdin,
    last: Instant,
    _watchdog: Child,
}

impl Pulse {
    /// Starts the watchdog of this process. From now on the process must beat every 15 seconds.
    pub(super) fn start() -> io::Result<Self> {
        let mut watchdog = ourselves(&["watchdog"]).stdin(Stdio::piped()).spawn()?;
        Ok(Self {
            pipe: watchdog.stdin.take().expect("it is a pipe"),
            last: Instant::now(),
            _watchdog: watchdog,
        })
    }

    /// Tells the watchdog that the guard answers; at most once a second.
    pub(super) fn beat(&mut self) {
        if self.last.elapsed() < INTERVAL {
            return;
        }
        self.last = Instant::now();
        if let Err(error) = self.pipe.write(&[0]) {
            log::warn!("the watchdog is gone: {error}");
        }
    }
}

/// Runs the watchdog: kills the process that started it when no beat comes on standard input for 15 seconds. Returns
/// once it did, or when that process has ended.
///
/// # Errors
/// If that process is gone already, or poll(2) or read(2) fails.
pub fn watch_parent() -> io::Result<()> {
    let parent = getppid().ok_or(io::ErrorKind::NotFound)?;
    let guard = pidfd_open(parent, PidfdFlags::empty())?;
    let mut beats = io::stdin();
    loop {
        let mut waiting = [PollFd::new(beats.as_fd(), PollFlags::POLLIN)];
        if poll(&mut waiting, PollTimeout::from(STALLED))? == 0 {
            return Ok(pidfd_send_signal(&guard, Signal::KILL)?);
        }
        if beats.read(&mut [0; 64])? == 0 {
            return Ok(());
        }
    }
}
