//! The guard's main thread: takes requests, follows processes, and knows when to end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::callers::{Call, Callers};
use super::client::{DONE, FAILED, Request};
use super::followed::Followed;
use super::knowledge::Knowledge;
use super::opener::Following;
use super::start::ourselves;
use crate::signatures::Announced;

/// What the main thread looks after.
#[derive(Debug)]
pub(super) struct Control<'a> {
    callers: Callers,
    knowledge: &'a Knowledge,
    followed: Followed,
    /// What sweeps when nobody else has.
    sweep: Command,
    sweeper: Option<(Child, OwnedFd)>,
}

impl<'a> Control<'a> {
    /// Follows that process from the start.
    ///
    /// # Errors
    /// If the socket cannot be used.
    pub(super) fn new(
        listener: UnixListener,
        knowledge: &'a Knowledge,
        first: u32,
    ) -> io::Result<Self> {
        let mut control = Self {
            callers: Callers::new(listener)?,
            knowledge,
            followed: Followed::default(),
            sweep: ourselves(&["sweep"]),
            sweeper: None,
        };
        control.follow(first);
        Ok(control)
    }

    /// Whom it follows now, whenever that is asked.
    pub(super) fn following(&self) -> Following {
        self.followed.following()
    }

    /// Serves until all that was followed is gone and all that they did is swept.
    ///
    /// # Errors
    /// If waiting fails.
    pub(super) fn run(&mut self) -> io::Result<()> {
        while self.is_needed() {
            self.wait()?;
            for call in self.callers.hear() {
                self.serve(call);
            }
            self.followed.leave_ended()?;
            self.reap();
        }
        Ok(())
    }

    /// The last sweep is begun when nobody is left whose own could do.
    fn is_needed(&mut self) -> bool {
        if self.followed.is_empty() && self.sweeper.is_none() && self.followed.take_unswept() {
            self.begin_sweep();
        }
        !self.followed.is_empty() || self.sweeper.is_some()
    }

    /// Waits until something happens: a call, or an end.
    fn wait(&self) -> io::Result<()> {
        let sweeper = self.sweeper.iter().map(|(_, fd)| fd.as_fd());
        let ends = sweeper.chain(self.followed.descriptors());
        let mut waiting: Vec<PollFd<'_>> = ends
            .chain(self.callers.descriptors())
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        let patience = self.callers.patience().map(PollTimeout::try_from);
        let patience = patience.map_or(PollTimeout::NONE, |time| time.unwrap_or(PollTimeout::MAX));
        match poll(&mut waiting, patience) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn serve(&mut self, call: Call) {
        let answer = match Request::parse(&call.line) {
            Some(request) => {
                log::debug!("request: {request:?}");
                self.obey(request)
            }
            None => FAILED,
        };
        call.answer(answer);
    }

    fn obey(&mut self, request: Request) -> &'static str {
        let done = match request {
            Request::Follow(process) => self.follow(process),
            Request::Leave(process) => {
                self.followed.leave(process);
                true
            }
            Request::Swept(process) => {
                self.followed.note_swept(process);
                true
            }
            Request::Announce(name) => self.announce(&name),
            Request::StoreChanged => match self.knowledge.open_store_anew() {
                Ok(()) => true,
                Err(error) => {
                    log::warn!("{error}");
                    false
                }
            },
        };
        if done { DONE } else { FAILED }
    }

    fn announce(&self, name: &str) -> bool {
        match Announced::open(self.knowledge.root(), name) {
            Ok(Some(segment)) => {
                self.knowledge.announce(segment);
                true
            }
            Ok(None) => false,
            Err(error) => {
                log::warn!("{error}");
                false
            }
        }
    }

    fn follow(&mut self, process: u32) -> bool {
        match self.followed.follow(process) {
            Ok(()) => true,
            Err(error) => {
                log::warn!("process {process} cannot be followed: {error}");
                false
            }
        }
    }

    /// The last sweep runs in a process of its own, whose opens are answered like anybody's.
    fn begin_sweep(&mut self) {
        let begun = self.sweep.spawn().and_then(|child| {
            let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            let id = id.ok_or(io::ErrorKind::NotFound)?;
            Ok((child, pidfd_open(id, PidfdFlags::empty())?))
        });
        match begun {
            Ok(sweeper) => self.sweeper = Some(sweeper),
            Err(error) => log::warn!("cannot sweep: {error}"),
        }
    }

    /// Lets go of a sweep that has ended.
    fn reap(&mut self) {
        let Some((sweeper, _)) = &mut self.sweeper else {
            return;
        };
        match sweeper.try_wait() {
            Ok(None) => return,
            Ok(Some(status)) => log::debug!("the last sweep ended: {status}"),
            Err(error) => log::warn!("the last sweep: {error}"),
        }
        self.sweeper = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::held::HeldKeys;
    use crate::machine::root::Root;
    use crate::signatures::Store;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::thread::ScopedJoinHandle;
    use std::time::{Duration, Instant};

    /// A guard's main thread in a folder of its own, which follows one process; its last sweep writes a line.
    struct Guard {
        folder: tempfile::TempDir,
        knowledge: Knowledge,
        process: Child,
    }

    type Running<'scope> = ScopedJoinHandle<'scope, io::Result<()>>;

    impl Guard {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = Root::open(folder.path()).unwrap();
            Self {
                knowledge: Knowledge::new(root, Store::default(), HeldKeys::default()),
                process: Command::new("sleep").arg("60").spawn().unwrap(),
                folder,
            }
        }

        fn socket(&self) -> PathBuf {
            self.folder.path().join("socket")
        }

        fn run(&self) -> io::Result<()> {
            let listener = UnixListener::bind(self.socket())?;
            let mut control = Control::new(listener, &self.knowledge, self.process.id())?;
            let mut sweep = Command::new("sh");
            sweep.args(["-c", "echo swept >>sweeps"]);
            control.sweep = sweep;
            control.sweep.current_dir(self.folder.path());
            control.run()
        }

        /// How often it swept in the end, if this happens while it runs, and the followed process dies then.
        fn sweeps(mut self, meanwhile: impl FnOnce(&Path, u32)) -> usize {
            let (socket, id) = (self.socket(), self.process.id());
            std::thread::scope(|scope| {
                let running: Running<'_> = scope.spawn(|| self.run());
                // Between bind(2) and listen(2) the socket is there, and nobody can call.
                while UnixStream::connect(&socket).is_err() {
                    std::thread::yield_now();
                }
                meanwhile(&socket, id);
                let id = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
                rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
                running.join().unwrap().unwrap();
            });
            self.process.wait().unwrap();
            let sweeps = std::fs::read_to_string(self.folder.path().join("sweeps"));
            sweeps.unwrap_or_default().lines().count()
        }
    }

    /// Sends that, and returns what comes back until the guard closes.
    fn ask(socket: &Path, request: &str) -> String {
        let mut stream = UnixStream::connect(socket).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn who_dies_is_swept_after() {
        assert_eq!(Guard::new().sweeps(|_, _| ()), 1);
    }

    /// As after `relabel`, or after a sweep in the middle: dpkg may have unpacked more since.
    #[test]
    fn a_store_that_changed_is_no_sweep() {
        let sweeps = Guard::new().sweeps(|socket, _| {
            assert_eq!(ask(socket, "store-changed\n"), "done\n");
        });
        assert_eq!(sweeps, 1);
    }

    #[test]
    fn who_swept_in_his_last_hook_is_not_swept_after() {
        let sweeps = Guard::new().sweeps(|socket, process| {
            let swept = format!("swept {process}\n");
            assert_eq!(ask(socket, &swept), "done\n");
        });
        assert_eq!(sweeps, 0);
    }

    #[test]
    fn a_sweep_counts_for_its_own_process_and_for_what_was_before() {
        let sweeps = Guard::new().sweeps(|socket, process| {
            for request in [
                "swept 1",
                &format!("swept {process}"),
                &format!("follow {process}"),
            ] {
                assert_eq!(ask(socket, &format!("{request}\n")), "done\n");
            }
        });
        assert_eq!(sweeps, 1);
    }

    /// It serves on while another is followed, and sweeps once, in the end.
    #[test]
    fn it_stays_until_the_last_one_is_gone() {
        let sweeps = Guard::new().sweeps(|socket, process| {
            let mut other = Command::new("sleep").arg("60").spawn().unwrap();
            for request in [format!("follow {}", other.id()), format!("leave {process}")] {
                assert_eq!(ask(socket, &format!("{request}\n")), "done\n");
            }
            other.kill().unwrap();
            other.wait().unwrap();
        });
        assert_eq!(sweeps, 1);
    }

    #[test]
    fn what_is_no_request_fails_and_does_no_harm() {
        Guard::new().sweeps(|socket, _| {
            for request in [
                "reload\n",
                "\n",
                "follow 0\n",
                "announce ../x\n",
                "announce announced.1\n",
            ] {
                assert_eq!(ask(socket, request), "failed\n", "{request:?}");
            }
            for request in [
                "x".repeat(300),
                "\u{e9}".repeat(200),
                "swept 1 \n".repeat(99),
            ] {
                let mut stream = UnixStream::connect(socket).unwrap();
                // It may be gone before all is sent.
                stream.write_all(request.as_bytes()).unwrap_or_default();
            }
            assert_eq!(ask(socket, "store-changed\n"), "done\n");
        });
    }

    /// Each was waited for, one after the other.
    #[test]
    fn callers_that_say_nothing_hold_nobody_up() {
        Guard::new().sweeps(|socket, _| {
            let silent: Vec<_> = (0..100)
                .map(|_| UnixStream::connect(socket).unwrap())
                .collect();
            let begun = Instant::now();
            assert_eq!(ask(socket, "store-changed\n"), "done\n");
            assert!(begun.elapsed() < Duration::from_secs(1), "{begun:?}");
            for mut stream in silent {
                stream
                    .set_read_timeout(Some(Duration::from_secs(9)))
                    .unwrap();
                assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it is let go");
            }
        });
    }

    #[test]
    fn a_request_may_come_in_pieces() {
        Guard::new().sweeps(|socket, _| {
            let mut stream = UnixStream::connect(socket).unwrap();
            for piece in ["store", "-chan", "ged\n"] {
                stream.write_all(piece.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(50));
            }
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert_eq!(answer, "done\n");
        });
    }
}
