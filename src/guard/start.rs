//! Within a hook: finds the process to follow, and makes the running guard follow it, or starts a guard.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::process::{ProcessStat, ourselves};
use super::protocol::{BUSY, READY, Request, request};

/// How long a guard may take to be ready, in milliseconds: it reads all installed lists that are new.
const READY_WAIT: u16 = 10_000;
/// How long to try while another guard is starting or ending: as long as one may take to be ready.
const TRYING: Duration = Duration::from_millis(READY_WAIT as u64);
const PAUSE: Duration = Duration::from_millis(100);
/// The shells by which apt and dpkg may run a hook.
const SHELLS: [&str; 3] = ["sh", "dash", "bash"];

/// The process to follow: the guard stays until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToFollow {
    /// The program that runs this hook: apt or dpkg, behind its shell and its forks.
    Caller,
    /// The process with this id.
    Process(u32),
}

/// Why no guard follows the process.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// /proc is not there, or does not show the caller.
    #[error("the process that called cannot be found: {0}")]
    NoCaller(io::Error),
    /// A guard was started and did not get ready in time.
    #[error("the guard did not start; see its log in /run/dpkg-ima")]
    NotReady,
    /// A guard could not be started, or the one that runs does not answer.
    #[error("the guard cannot be reached: {0}")]
    Io(#[from] io::Error),
}

impl ToFollow {
    /// The id of the process.
    ///
    /// # Errors
    /// [`StartError::NoCaller`].
    pub fn process(self) -> Result<u32, StartError> {
        match self {
            Self::Process(process) => Ok(process),
            Self::Caller => {
                caller(std::os::unix::process::parent_id()).map_err(StartError::NoCaller)
            }
        }
    }
}

/// Makes a guard follow a process. Afterwards a guard runs that does, and every local filesystem is marked.
///
/// # Errors
/// If no guard follows it; nothing is left of the attempt then.
pub fn join_or_start(followed: ToFollow) -> Result<(), StartError> {
    let process = followed.process()?;
    let begin = Instant::now();
    while begin.elapsed() < TRYING {
        if request(&Request::Follow(process))? || start(process)? {
            return Ok(());
        }
        // Another guard has the lock, but no socket any more, or none yet.
        sleep(PAUSE);
    }
    Err(StartError::NotReady)
}

/// Starts a guard, and waits until it is ready; false if it has found another one running.
fn start(process: u32) -> Result<bool, StartError> {
    let mut guard = ourselves(&["serve", &process.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    if is_ready(&mut guard)? {
        return Ok(true);
    }
    // It has ended, or is too slow to be of use.
    if guard.try_wait()?.is_none() {
        guard.kill()?;
    }
    let busy = guard.wait()?.code() == Some(i32::from(BUSY));
    busy.then_some(false).ok_or(StartError::NotReady)
}

fn is_ready(guard: &mut Child) -> io::Result<bool> {
    let Some(mut pipe) = guard.stdout.take() else {
        return Ok(false);
    };
    let mut waiting = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    poll(&mut waiting, PollTimeout::from(READY_WAIT))?;
    if !waiting[0].any().unwrap_or(false) {
        return Ok(false);
    }
    let mut word = [0; READY.len()];
    let ends = pipe.read_exact(&mut word).is_err();
    if ends {
        // Its exit status will tell why.
        guard.wait()?;
    }
    Ok(!ends && word == READY)
}

/// The program that runs a hook, given the hook's parent process. Passed over are the shell that runs the hook's
/// command, and the forks of the program itself (processes of the same name), which apt makes to run hooks.
fn caller(parent: u32) -> io::Result<u32> {
    let mut process = ProcessStat::of(parent)?;
    if SHELLS.contains(&process.name.as_str()) {
        process = ProcessStat::of(process.parent)?;
    }
    while process.parent > 1 {
        let above = ProcessStat::of(process.parent)?;
        if above.name != process.name {
            break;
        }
        process = above;
    }
    Ok(process.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn one_shell_is_passed_over() {
        let own = std::process::id();
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 5; :"])
            .spawn()
            .unwrap();
        let found = caller(shell.id());
        shell.kill().unwrap();
        shell.wait().unwrap();
        let ours = caller(own).unwrap();
        assert_eq!(found.unwrap(), ours);
    }
}
