//! The guard's last sweep: labels the files of followed processes that ended without a sweep.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command};

use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// Runs `dpkg-ima-helper sweep` as a child, whose opens the guard answers like any others.
#[derive(Debug)]
pub(super) struct LastSweep {
    command: Command,
    running: Option<(Child, OwnedFd)>,
}

impl LastSweep {
    pub(super) const fn new(command: Command) -> Self {
        Self {
            command,
            running: None,
        }
    }

    pub(super) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the sweep. If that fails, the next transaction's sweep labels the files.
    pub(super) fn begin(&mut self) {
        let begun = self.command.spawn().and_then(|child| {
            let descriptor = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?;
            Ok((child, descriptor))
        });
        match begun {
            Ok(sweep) => self.running = Some(sweep),
            Err(error) => log::warn!("cannot start the last sweep: {error}"),
        }
    }

    /// A descriptor that is readable once the sweep has ended, while one runs.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.running
            .as_ref()
            .map(|(_, descriptor)| descriptor.as_fd())
    }

    /// Collects the exit status of a sweep that has ended. Does not block.
    pub(super) fn reap(&mut self) {
        let Some((sweep, _)) = &mut self.running else {
            return;
        };
        match sweep.try_wait() {
            Ok(None) => return,
            Ok(Some(status)) => log::debug!("the last sweep ended: {status}"),
            Err(error) => log::warn!("the last sweep: {error}"),
        }
        self.running = None;
    }
}
