//! Reads who waits, and sorts: what no list can match goes on at once, the rest waits its turn. Nothing
//! here opens a file, which would wait for itself, and nothing reads or writes one, which may hang.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, Instant};

use nix::libc::{S_IFMT, S_IFREG};
use nix::sys::stat::{FileStat, fstat};

use super::budget::Budget;
use super::decide::{Action, Seen, action};
use super::opener::{Following, Opener, Openers, is_dpkg};
use super::policy::Policy;
use super::queue::Place;
use super::work::Job;
use super::worker::{Desk, path_of};
use crate::machine::fanotify::OpenEvent;

/// How long to wait for descriptors to be closed.
const PAUSE: Duration = Duration::from_millis(10);

/// Sorts opens.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    desk: &'a Desk,
    policy: Policy,
    openers: Openers,
    budget: Budget,
    /// The guard's own process, whose opens are never looked at.
    own: u32,
    errors: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(desk: &'a Desk, policy: Policy, following: Following) -> Self {
        Self {
            desk,
            policy,
            openers: Openers::new(following),
            budget: Budget::new(Instant::now()),
            own: std::process::id(),
            errors: 0,
        }
    }

    /// Sorts those who wait now.
    pub(super) fn sort_all(&mut self) {
        match self.desk.watch.read() {
            Ok(opens) => {
                let now = Instant::now();
                opens.into_iter().for_each(|open| self.sort(open, now));
            }
            Err(error) => self.bear(&error),
        }
    }

    /// An error is about one open, which the kernel has refused: the next read is about another. So the
    /// guard goes on, unless it is its own fault.
    fn bear(&mut self, error: &io::Error) {
        self.errors += 1;
        // Whoever can cause one can cause many, and the log is in memory.
        if self.errors.is_power_of_two() {
            log::error!("{} opens could not be looked at: {error}", self.errors);
        }
        match bearing(error) {
            Bearing::GoOn => {}
            Bearing::MakeRoom => {
                self.desk.let_all_go();
                thread::sleep(PAUSE);
            }
            // Better no guard than one that leaves somebody waiting.
            Bearing::End => std::process::exit(2),
        }
    }

    /// Lets those go on who wait now, whatever they open; false if there is nobody.
    pub(super) fn let_all_go(&self) -> bool {
        self.desk.watch.read().is_ok_and(|opens| !opens.is_empty())
    }

    /// Every path out of here that drops `open` lets it go on.
    fn sort(&mut self, open: OpenEvent, now: Instant) {
        if open.process() == self.own {
            return;
        }
        let Some(Ok(status)) = open.file().map(fstat) else {
            return;
        };
        let action = self.action(&open, &status);
        if action == Action::Pass {
            return;
        }
        let place = match action {
            Action::TakeList if is_dpkg(open.process()) => Some(Place::Lists),
            _ => self.place(&open, &status, now),
        };
        let Some(place) = place else { return };
        let job = Job {
            open,
            status,
            place,
            since: now,
            progress: AtomicU64::new(0),
        };
        if let Some(job) = self.desk.work.add(job) {
            log::debug!("no room: process {} goes on", job.open.process());
        }
    }

    fn action(&self, open: &OpenEvent, status: &FileStat) -> Action {
        let roots_own = is_roots_own(status);
        let path = match open.file() {
            Some(file) if roots_own || self.policy == Policy::Files => path_of(file),
            _ => PathBuf::new(),
        };
        let seen = Seen {
            regular: status.st_mode & S_IFMT == S_IFREG,
            exec: open.is_exec(),
            executable: status.st_mode & 0o111 != 0,
            roots_own,
            size: status.st_size.unsigned_abs(),
            path: path.as_os_str().as_bytes(),
        };
        action(&seen, self.policy)
    }

    /// Where a file waits to be hashed; nowhere if no list names its size, or if it may not be hashed
    /// for this opener now.
    fn place(&mut self, open: &OpenEvent, status: &FileStat, now: Instant) -> Option<Place> {
        let size = status.st_size.unsigned_abs();
        let known = self.desk.knowledge.now();
        if known.store.algorithms_of(size).next().is_none() {
            if let Err(error) = self.desk.ignore(open, status, &known) {
                log::debug!("a file will be asked about again: {error}");
            }
            return None;
        }
        let opener = self.openers.of(open.process(), now);
        let free = opener == Opener::Dpkg || is_roots_own(status);
        let affordable = free || self.budget.afford(size, now);
        affordable.then_some(Place::Files(opener, size))
    }
}

/// What to do about an error of read(2) on the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearing {
    GoOn,
    /// There are too many descriptors, or too little memory.
    MakeRoom,
    /// The group itself is broken.
    End,
}

fn bearing(error: &io::Error) -> Bearing {
    use nix::libc::{EBADF, EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM};
    match error.raw_os_error() {
        Some(EMFILE | ENFILE | ENOMEM) => Bearing::MakeRoom,
        Some(EBADF | EFAULT | EINVAL) | None => Bearing::End,
        Some(_) => Bearing::GoOn,
    }
}

/// Whether it belongs to root, and nobody else may write it.
const fn is_roots_own(status: &FileStat) -> bool {
    status.st_uid == 0 && status.st_mode & 0o022 == 0
}

#[cfg(test)]
mod tests {
    use nix::libc;

    use super::*;

    #[test]
    fn one_open_never_ends_the_guard() {
        let bearing = |number| bearing(&io::Error::from_raw_os_error(number));
        for number in [libc::EMFILE, libc::ENFILE, libc::ENOMEM] {
            assert_eq!(bearing(number), Bearing::MakeRoom);
        }
        // A socket, a device without a driver, an encrypted file without its key, a dead disk.
        for number in [
            libc::ENXIO,
            libc::ENODEV,
            libc::ENOKEY,
            libc::EIO,
            libc::EPERM,
        ] {
            assert_eq!(bearing(number), Bearing::GoOn);
        }
        assert_eq!(bearing(libc::EBADF), Bearing::End);
    }

    #[test]
    fn roots_own_is_what_nobody_else_may_write() {
        let mut status = fstat(std::fs::File::open("/proc/self/stat").unwrap()).unwrap();
        for (user, mode, expected) in [
            (0, 0o100_755, true),
            (0, 0o104_755, true),
            (0, 0o100_775, false),
            (0, 0o100_646, false),
            (1_000, 0o100_755, false),
        ] {
            (status.st_uid, status.st_mode) = (user, mode);
            assert_eq!(is_roots_own(&status), expected, "{user} {mode:o}");
        }
    }
}
