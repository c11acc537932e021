//! The followed processes, which unpack packages, and whether a sweep has labelled what they unpacked.
//!
//! A sweep labels what dpkg has recorded when the sweep begins. So it covers all that a process unpacked only if that
//! process unpacks nothing more: it waits in its last hook, or has ended.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::guard::opener::FollowedIds;

/// The most processes that are followed at once, each by a descriptor.
const PROCESSES_MAX: usize = 256;

#[derive(Debug)]
struct Process {
    descriptor: OwnedFd,
    /// Whether a sweep has covered the process since it was last followed.
    swept: bool,
}

/// The processes that the guard waits for, and whether one that has ended left files to be swept.
#[derive(Debug, Default)]
pub(super) struct Followed {
    processes: HashMap<u32, Process>,
    /// The keys of `processes`, shared with the event reader.
    ids: FollowedIds,
    /// Whether a process has ended that no sweep covers: dpkg was killed, say.
    unswept: bool,
}

impl Followed {
    /// Follows a process that is about to unpack packages. If it has ended already, it may have unpacked some: they
    /// are to be swept.
    ///
    /// # Errors
    /// If this is no process id, or too many processes are followed.
    pub(super) fn follow(&mut self, process: u32) -> io::Result<()> {
        let id = i32::try_from(process).ok().and_then(Pid::from_raw);
        let id = id.ok_or(io::ErrorKind::InvalidInput)?;
        if self.processes.len() >= PROCESSES_MAX && !self.processes.contains_key(&process) {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        match pidfd_open(id, PidfdFlags::empty()) {
            Ok(descriptor) => {
                let swept = false;
                self.processes
                    .insert(process, Process { descriptor, swept });
                self.ids.add(process);
            }
            Err(error) => {
                log::debug!("process {process} is not followed: {error}");
                self.unswept = true;
            }
        }
        Ok(())
    }

    /// Notes that a sweep covers all that the process unpacked. Ignored for a process that is not followed.
    pub(super) fn note_swept(&mut self, process: u32) {
        if let Some(process) = self.processes.get_mut(&process) {
            process.swept = true;
        }
    }

    /// Stops following a process that unpacks nothing more, or has ended.
    pub(super) fn leave(&mut self, process: u32) {
        self.ids.remove(process);
        if let Some(process) = self.processes.remove(&process) {
            self.unswept |= !process.swept;
        }
    }

    /// The ids of these processes; the set is shared, and changes with them.
    pub(super) fn ids(&self) -> FollowedIds {
        self.ids.clone()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// Whether files of ended processes are to be swept. The caller does so: the next answer is no.
    pub(super) const fn take_unswept(&mut self) -> bool {
        std::mem::replace(&mut self.unswept, false)
    }

    /// Descriptors of which one is readable once a process has ended.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let processes = self.processes.values();
        processes.map(|process| process.descriptor.as_fd())
    }

    /// Stops following processes that have ended.
    ///
    /// # Errors
    /// If poll(2) fails.
    pub(super) fn leave_ended(&mut self) -> io::Result<()> {
        let mut ended = Vec::new();
        for (id, process) in &self.processes {
            let mut waiting = [PollFd::new(process.descriptor.as_fd(), PollFlags::POLLIN)];
            match poll(&mut waiting, PollTimeout::ZERO) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => ended.push(*id),
                Err(error) => return Err(error.into()),
            }
        }
        ended.into_iter().for_each(|process| self.leave(process));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn process() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    fn end(mut process: Child) -> u32 {
        process.kill().unwrap();
        process.wait().unwrap();
        process.id()
    }

    #[test]
    fn who_goes_unswept_leaves_work() {
        let (mut followed, process) = (Followed::default(), process());
        assert!(!followed.take_unswept());
        followed.follow(process.id()).unwrap();
        assert!(!followed.is_empty());
        assert_eq!(followed.descriptors().count(), 1);
        followed.leave_ended().unwrap();
        assert!(!followed.is_empty());
        end(process);
        followed.leave_ended().unwrap();
        assert!(followed.is_empty());
        assert!(followed.take_unswept());
        assert!(!followed.take_unswept(), "it is taken once");
    }

    #[test]
    fn who_was_swept_leaves_none_unless_he_goes_on() {
        let (mut followed, process) = (Followed::default(), process());
        let id = process.id();
        followed.follow(id).unwrap();
        followed.note_swept(id);
        followed.leave(id);
        assert!(!followed.take_unswept());
        followed.follow(id).unwrap();
        followed.note_swept(id);
        followed.follow(id).unwrap();
        followed.leave(id);
        assert!(followed.take_unswept(), "it has worked on since");
        end(process);
    }

    /// One that sweeps while another works says nothing of the other.
    #[test]
    fn each_is_swept_after_for_itself() {
        let mut followed = Followed::default();
        let (one, other) = (process(), process());
        followed.follow(one.id()).unwrap();
        followed.follow(other.id()).unwrap();
        followed.note_swept(one.id());
        followed.leave(one.id());
        assert!(!followed.take_unswept());
        followed.leave(other.id());
        assert!(followed.take_unswept());
        end(one);
        end(other);
    }

    #[test]
    fn who_is_gone_already_may_have_left_work() {
        let mut followed = Followed::default();
        let gone = end(process());
        followed.note_swept(gone);
        followed.leave(gone);
        assert!(!followed.take_unswept(), "it was never followed");
        followed.follow(gone).unwrap();
        assert!(followed.is_empty());
        assert!(followed.take_unswept());
        for nobody in [0, u32::MAX] {
            assert!(followed.follow(nobody).is_err(), "{nobody}");
        }
    }

    #[test]
    fn there_is_a_limit() {
        let mut followed = Followed::default();
        let process = process();
        for id in 0..u32::try_from(PROCESSES_MAX).unwrap() {
            let descriptor = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
            let swept = true;
            let known = Process { descriptor, swept };
            followed.processes.insert(u32::MAX - id, known);
        }
        assert!(followed.follow(process.id()).is_err());
        followed.leave(u32::MAX);
        followed.follow(process.id()).unwrap();
        followed.follow(process.id()).unwrap();
        end(process);
    }
}
