//! A second process that kills the guard when it stalls: when it is stopped or starved, or when not even its overseer
//! can answer.
//!
//! The kernel would then allow all opens that wait, but only after the last thread of the guard has ended, and one that
//! hangs in the kernel does not. So the watchdog has the group too: it removes the marks and allows the opens itself.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{PidfdFlags, Signal, getppid, pidfd_open, pidfd_send_signal};

use super::process::ourselves;
use crate::machine::fanotify::Group;

/// The longest time without a beat, in milliseconds. An open waits so long for a guard that is stopped. A guard that
/// runs and does not answer stops beating when the open has waited for 12 seconds (`answer::overseer`); then these and
/// [`SECOND_WAIT`] are added.
const STALLED: u16 = 15_000;
/// How much longer it waits then, in milliseconds. Guard and watchdog may have been stopped or starved together, as
/// while a machine sleeps: once they run again, a healthy guard beats within this time.
const SECOND_WAIT: u16 = 2_000;
/// Time between two looks for opens that wait for a guard that was killed and has not ended, in milliseconds: its
/// threads may have read events until they were killed.
const AGAIN: u16 = 1_000;
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
    /// Starts the watchdog of this process, which answers the opens of `group` if it has to. From now on the process must
    /// beat every 15 seconds.
    pub(super) fn start(group: &Group) -> io::Result<Self> {
        let mut watchdog = ourselves(&["watchdog"])
            .stdin(Stdio::piped())
            .stdout(group.as_fd().try_clone_to_owned()?)
            .spawn()?;
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

/// Runs the watchdog: kills the process that started it when no beat comes on standard input for 15 seconds, and none
/// for two more, and allows the opens of the group that is standard output. Returns when that process has ended.
///
/// # Errors
/// If that process is gone already, standard output is no group, or poll(2) or read(2) fails.
pub fn watch_parent() -> io::Result<()> {
    let parent = getppid().ok_or(io::ErrorKind::NotFound)?;
    let guard = pidfd_open(parent, PidfdFlags::empty())?;
    let group = io::stdout().as_fd().try_clone_to_owned()?;
    let group = Arc::new(Group::inherited(group)?);
    match listen(&mut io::stdin(), [STALLED, SECOND_WAIT])? {
        Silence::Ended => Ok(()),
        Silence::Stalled => {
            pidfd_send_signal(&guard, Signal::KILL)?;
            release(&group, &guard)
        }
    }
}

/// Lets everybody go on, until the guard, which was killed, has ended.
fn release(group: &Arc<Group>, guard: &OwnedFd) -> io::Result<()> {
    let left = group.leave_filesystems();
    loop {
        group.allow_all();
        if is_heard(guard, AGAIN)? {
            return left;
        }
    }
}

/// Why no beat comes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// The guard has closed its end of the pipe: it has ended.
    Ended,
    Stalled,
}

/// Listens to beats. `waits`: for how long none may come, in milliseconds, and how much longer then.
fn listen(beats: &mut (impl Read + AsFd), waits: [u16; 2]) -> io::Result<Silence> {
    loop {
        if !is_heard(beats, waits[0])? && !is_heard(beats, waits[1])? {
            return Ok(Silence::Stalled);
        }
        if beats.read(&mut [0; 64])? == 0 {
            return Ok(Silence::Ended);
        }
    }
}

/// Whether there is something to read within that time, in milliseconds; of a process, whether it has ended.
fn is_heard(from: &impl AsFd, wait: u16) -> io::Result<bool> {
    let mut waiting = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
    Ok(poll(&mut waiting, PollTimeout::from(wait))? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use std::thread::{sleep, spawn};

    #[test]
    fn a_guard_that_was_late_once_has_not_stalled() {
        let (mut beats, mut guard) = UnixStream::pair().unwrap();
        let beating = spawn(move || {
            for _ in 0..3 {
                sleep(Duration::from_millis(200));
                guard.write_all(&[0]).unwrap();
            }
        });
        let silence = listen(&mut beats, [0, 60_000]).unwrap();
        beating.join().unwrap();
        assert_eq!(silence, Silence::Ended);
    }

    #[test]
    fn a_guard_that_does_not_beat_has() {
        let (mut beats, mut guard) = UnixStream::pair().unwrap();
        guard.write_all(&[0]).unwrap();
        let silence = listen(&mut beats, [10, 10]).unwrap();
        assert_eq!(silence, Silence::Stalled);
    }
}
