//! Reads permission events and sorts them: an open of a file that no list can name is allowed at once, any other is
//! queued.
//!
//! Every open on the machine goes through this one thread. So it opens no file, since that would make an event that
//! waits for this thread, and it reads and writes none, since that may block. Nor does it close one whose blocks may
//! have to be freed: an event that it drops leaves that to another thread.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, Instant};

use nix::libc::{S_IFMT, S_IFREG};
use nix::sys::stat::{FileStat, fstat};

use super::answer::{Answerer, Class, PendingOpen, ignore_until_changed};
use super::appraisal::Appraisal;
use super::budget::Budget;
use super::decide::{NextStep, OpenedFile, decide};
use super::opener::{FollowedIds, Opener, Openers, is_dpkg};
use crate::machine::fanotify::OpenEvent;
use crate::machine::opening::path_of;

/// Time for workers to close descriptors before the next event is read.
const PAUSE: Duration = Duration::from_millis(10);

/// So many failed reads in a row, each of which the group itself may be to blame for, count as the group's end.
const SUSPECT_MAX: u32 = 1_000;

/// Sorts the events of the group.
#[derive(Debug)]
pub(super) struct EventReader<'a> {
    answerer: &'a Answerer,
    appraisal: Appraisal,
    openers: Openers,
    budget: Budget,
    /// The guard's own process: its opens are allowed at once, or it would wait for itself.
    own: u32,
    /// Failed reads so far.
    errors: u64,
    /// Those since the last good one for which the group itself may be to blame.
    suspect: u32,
}

impl<'a> EventReader<'a> {
    pub(super) fn new(
        answerer: &'a Answerer,
        appraisal: Appraisal,
        following: FollowedIds,
    ) -> Self {
        Self {
            answerer,
            appraisal,
            openers: Openers::new(following),
            budget: Budget::new(Instant::now()),
            own: std::process::id(),
            errors: 0,
            suspect: 0,
        }
    }

    /// Sorts the events that are there. Does not block.
    pub(super) fn sort_all(&mut self) {
        match self.answerer.group.read() {
            Ok(events) => {
                let now = Instant::now();
                self.suspect = 0;
                events.into_iter().for_each(|event| self.sort(event, now));
            }
            Err(error) => self.handle_failed_read(&error),
        }
    }

    /// A failed read lost at most one event, whose open the kernel has refused, and the next read is about another.
    /// So the guard goes on, unless the group itself is broken.
    fn handle_failed_read(&mut self, error: &io::Error) {
        self.errors += 1;
        // A user who can cause one can cause many, and the log is in memory.
        if self.errors.is_power_of_two() {
            log::error!("{} events could not be read: {error}", self.errors);
        }
        match remedy(error) {
            Remedy::GoOn => {}
            Remedy::MakeRoom => {
                self.answerer.allow_all();
                thread::sleep(PAUSE);
            }
            Remedy::Suspect => {
                self.suspect += 1;
                if is_broken(self.suspect, || self.answerer.group.is_sound()) {
                    // All opens are allowed then; they would wait for a guard that cannot read.
                    if let Err(error) = self.answerer.group.leave_filesystems() {
                        log::warn!("cannot leave the filesystems: {error}");
                    }
                    std::process::exit(2);
                }
            }
        }
    }

    /// Allows all opens whose events are there, unseen; false if there were none.
    pub(super) fn allow_all(&self) -> bool {
        let events = self.answerer.group.read();
        events.is_ok_and(|events| !events.is_empty())
    }

    /// Each return that drops `event` allows the open.
    fn sort(&mut self, event: OpenEvent, now: Instant) {
        if event.process() == self.own {
            return;
        }
        let Some(Ok(status)) = event.file().map(fstat) else {
            return;
        };
        let place = match self.next_step(&event, &status) {
            NextStep::Allow => None,
            NextStep::TakeList if is_dpkg(event.process()) => {
                Some((Class::List, self.openers.of(event.process(), now)))
            }
            NextStep::TakeList | NextStep::Label => self.place_of(&event, &status, now),
        };
        let Some((class, opener)) = place else {
            return;
        };
        let open = PendingOpen {
            event,
            status,
            opener,
            class,
            since: now,
            progress: AtomicU64::new(0),
        };
        if let Some(open) = self.answerer.pending.add(open) {
            log::debug!(
                "process {} goes on: there is no room to wait",
                open.event.process()
            );
        }
    }

    fn next_step(&self, event: &OpenEvent, status: &FileStat) -> NextStep {
        let roots_own = is_roots_own(status);
        let has_path = status.st_size > 0 && (roots_own || self.appraisal == Appraisal::Files);
        let path = event.file().filter(|_| has_path).map(path_of);
        let path = path.and_then(Result::ok).unwrap_or_default();
        let file = OpenedFile {
            regular: status.st_mode & S_IFMT == S_IFREG,
            exec: event.is_exec(),
            executable: status.st_mode & 0o111 != 0,
            roots_own,
            size: status.st_size.unsigned_abs(),
            path: path.as_os_str().as_bytes(),
        };
        decide(&file, self.appraisal)
    }

    /// In which class, and as whose, the file waits to be hashed. `None` if no list names its size, or if the budget
    /// for such files is spent.
    fn place_of(
        &mut self,
        event: &OpenEvent,
        status: &FileStat,
        now: Instant,
    ) -> Option<(Class, Opener)> {
        let size = status.st_size.unsigned_abs();
        let known = self.answerer.knowledge.now();
        if known.store.algorithms_of(size).next().is_none() {
            let ignored = ignore_until_changed(event, status, &known, &self.answerer.knowledge);
            if let Err(error) = ignored {
                log::debug!("cannot ignore a file: {error}");
            }
            return None;
        }
        let opener = self.openers.of(event.process(), now);
        let free = opener == Opener::Dpkg || is_roots_own(status);
        let affordable = free || self.budget.afford(size, now);
        affordable.then(|| (Class::of_file(opener, size), opener))
    }
}

/// What to do about an error of read(2) on the group, by its number (fanotify(7), ERRORS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    GoOn,
    /// There are too many descriptors, or there is too little memory: the opens that wait hold both.
    MakeRoom,
    /// The group itself may be broken, or the file: where a filesystem's content was crafted, the kernel may answer
    /// anything to an open.
    Suspect,
}

fn remedy(error: &io::Error) -> Remedy {
    use nix::libc::{EBADF, EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM};
    match error.raw_os_error() {
        Some(EMFILE | ENFILE | ENOMEM) => Remedy::MakeRoom,
        Some(EBADF | EFAULT | EINVAL) | None => Remedy::Suspect,
        Some(_) => Remedy::GoOn,
    }
}

/// Whether the group is broken, after so many failed reads in a row.
fn is_broken(suspect: u32, is_sound: impl FnOnce() -> bool) -> bool {
    suspect >= SUSPECT_MAX || !is_sound()
}

/// Whether root owns the file and nobody else may write it.
const fn is_roots_own(status: &FileStat) -> bool {
    status.st_uid == 0 && status.st_mode & 0o022 == 0
}

#[cfg(test)]
mod tests {
    use nix::libc;

    use super::*;

    #[test]
    fn one_open_never_ends_the_guard() {
        let remedy = |number| remedy(&io::Error::from_raw_os_error(number));
        for number in [libc::EMFILE, libc::ENFILE, libc::ENOMEM] {
            assert_eq!(remedy(number), Remedy::MakeRoom);
        }
        // A socket, a device without a driver, an encrypted file without its key, a dead disk.
        for number in [
            libc::ENXIO,
            libc::ENODEV,
            libc::ENOKEY,
            libc::EIO,
            libc::EPERM,
        ] {
            assert_eq!(remedy(number), Remedy::GoOn);
        }
        // What a filesystem with crafted content answers, and a group that is broken.
        for number in [libc::EBADF, libc::EFAULT, libc::EINVAL] {
            assert_eq!(remedy(number), Remedy::Suspect);
        }
        assert!(!is_broken(1, || true));
        assert!(!is_broken(SUSPECT_MAX - 1, || true));
        assert!(is_broken(1, || false));
        assert!(is_broken(SUSPECT_MAX, || true));
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
