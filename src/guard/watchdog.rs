//! A second process that ends the guard when it stalls: stopped or starved, or in a state in which even
//! the overseer cannot answer. The kernel then lets everybody who waits go on.

use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::Child;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::process::ourselves;

/// Longest time without a beat, in milliseconds. Nobody waits longer for a guard that is no more.
const STALLED: u16 = 15_000;
/// How often the guard beats.
const INTERVAL: Duration = Duration::from_secs(1);

/// The guard's end: beats as long as it gets on.
#[derive(Debug)]
pub(super) struct Pulse {
    pipe: PipeWriter,
    last: Instant,
    _watchdog: Child,
}

impl Pulse {
    /// Starts the watchdog of this process.
    pub(super) fn start() -> io::Result<Self> {
        let (reader, pipe) = io::pipe()?;
        let watchdog = ourselves(&["watchdog"]).stdin(reader).spawn()?;
        Ok(Self {
            pipe,
            last: Instant::now(),
            _watchdog: watchdog,
        })
    }

    /// Beats, unless it did so just now.
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

/// The watchdog: kills the process that started it when no beat comes on standard input for
/// 15 seconds, and ends when that process does.
///
/// # Errors
/// If there is nobody to watch, or waiting fails.
pub fn watch_parent() -> io::Result<()> {
    let parent = std::os::unix::process::parent_id();
    let parent = i32::try_from(parent).ok().and_then(Pid::from_raw);
    let parent = parent.ok_or(io::ErrorKind::NotFound)?;
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
