//! The guard's own process: sets everything up, serves, and ends.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::answer::{Answerer, Pending};
use super::appraisal::Appraisal;
use super::control_group::leave_control_group;
use super::events::EventReader;
use super::filesystems::watch_all;
use super::known::Knowledge;
use super::private::make_private;
use super::protocol::{BUSY, FOLDER, READY, socket};
use super::requests::MainThread;
use super::resources::claim;
use super::threads::while_answering;
use super::watchdog::Pulse;
use crate::keys::held::HeldKeys;
use crate::machine::confine::{Duty, confine};
use crate::machine::error::SystemError;
use crate::machine::fanotify::{Group, Opens};
use crate::machine::root::Root;
use crate::signatures::{Announced, FetchedLists, learn, state_folder};

/// Why a guard could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another guard holds the lock.
    #[error("another guard is running")]
    Busy,
    /// The kernel has no permission events, or this process lacks CAP_SYS_ADMIN.
    #[error("cannot watch for opens: {0}")]
    Watch(io::Error),
    /// An operation on the machine failed.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl ServeError {
    /// The exit status by which the starter tells the reasons apart.
    #[must_use]
    pub const fn exit_status(&self) -> u8 {
        match self {
            Self::Busy => BUSY,
            Self::Watch(_) | Self::System(_) => 2,
        }
    }
}

/// Makes the guard's folder, and opens the log in it, to append to: it may be that of a guard that runs, until
/// [`serve`] has found that there is none.
///
/// # Errors
/// If they cannot be made, or another user owns the folder.
pub fn open_log() -> Result<File, SystemError> {
    let folder = Path::new(FOLDER);
    make_private(folder)?;
    log_in(folder)
}

fn log_in(folder: &Path) -> Result<File, SystemError> {
    let log = folder.join("log");
    let opened = File::options().append(true).create(true).open(&log);
    opened.map_err(SystemError::at("write", &log))
}

/// Serves until the process `first`, and all that hooks ask to follow, are gone. Needs the folder of [`open_log`].
///
/// The order is part of the contract: no filesystem is marked before the threads run that answer its opens, and the
/// starter is told last.
///
/// # Errors
/// If the guard could not begin, or waiting failed. All opens are allowed then.
pub fn serve(first: u32) -> Result<(), ServeError> {
    let _lock = begin(Path::new(FOLDER))?;
    // A confined process may neither raise its limits, nor leave its control group, nor open the probe for writing.
    let room = claim();
    leave_control_group();
    let root = Root::open(Path::new("/"))?;
    let appraisal = Appraisal::of_this_kernel();
    confine(Duty::Guard, state_folder(&root), &[Path::new(FOLDER)]);
    let group = group(appraisal).map_err(ServeError::Watch)?;
    let pulse = Pulse::start(&group).map_err(here("start the watchdog of"))?;
    let answerer = Arc::new(Answerer {
        knowledge: knowledge(root)?,
        group,
        pending: Pending::new(room),
    });
    let main_thread = MainThread::new(listen()?, &answerer.knowledge, first);
    let mut main_thread = main_thread.map_err(here("listen in"))?;
    let followed = main_thread.followed_ids();
    // The last sweep is a child of this process.
    followed.add(std::process::id());
    log::info!("guarding process {first}, {appraisal:?}, room for {room}");
    let reader = EventReader::new(&answerer, appraisal, followed);
    let served = while_answering(&answerer, reader, pulse, || {
        watch_all(&answerer.group)?;
        tell_ready()?;
        main_thread.run()
    });
    remove_socket();
    Announced::remove_all(answerer.knowledge.root())?;
    served.map_err(|error| here("serve in")(error).into())
}

fn here<E: Into<io::Error>>(operation: &'static str) -> impl FnOnce(E) -> SystemError {
    SystemError::at(operation, Path::new(FOLDER))
}

/// What installed packages' lists say, and those that were fetched for packages to come. What was announced to a guard
/// before this one is removed.
fn knowledge(root: Root) -> Result<Knowledge, SystemError> {
    Announced::remove_all(&root)?;
    let held = HeldKeys::of_this_machine(&root);
    let store = learn(&root, &held)?;
    let fetched = FetchedLists::of(&root).not_installed(&held)?;
    let knowledge = Knowledge::new(root, store, held);
    if let Some(segment) = fetched {
        knowledge.announce(segment);
    }
    Ok(knowledge)
}

/// A group without marks. Executions are told apart only where it matters: each open of a program is two events then.
fn group(appraisal: Appraisal) -> io::Result<Arc<Group>> {
    let opens = match appraisal {
        Appraisal::Executables => Opens::Any,
        Appraisal::Files => Opens::TellExec,
    };
    Ok(Arc::new(Group::new(opens)?))
}

/// Takes the lock of the one guard of this machine. Afterwards the log is empty; without the lock it stays as it is.
fn begin(folder: &Path) -> Result<Flock<File>, ServeError> {
    let lock = lock(folder)?;
    let emptied = log_in(folder)?.set_len(0);
    emptied.map_err(SystemError::at("write", folder))?;
    Ok(lock)
}

fn lock(folder: &Path) -> Result<Flock<File>, ServeError> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(SystemError::at("write", &path))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(lock),
        Err((_, Errno::EWOULDBLOCK)) => Err(ServeError::Busy),
        Err((_, error)) => Err(SystemError::at("lock", &path)(error).into()),
    }
}

/// Listens on the socket, in place of one that a killed guard left; the caller has the lock.
fn listen() -> Result<UnixListener, SystemError> {
    remove_socket();
    UnixListener::bind(socket()).map_err(SystemError::at("listen on", &socket()))
}

fn remove_socket() {
    if let Err(error) = fs::remove_file(socket()) {
        log::debug!("no socket to remove: {error}");
    }
}

/// Tells the starter, and closes its pipe.
fn tell_ready() -> io::Result<()> {
    let mut pipe = io::stdout();
    pipe.write_all(READY)?;
    pipe.flush()?;
    Ok(nix::unistd::dup2_stdout(File::open("/dev/null")?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_another_guard_leaves_its_log_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let said = |text: &str| log_in(folder).unwrap().write_all(text.as_bytes()).unwrap();
        let log = || fs::read_to_string(folder.join("log")).unwrap();
        said("of a guard before\n");
        let first = begin(folder).unwrap();
        said("of the first\n");
        assert!(matches!(begin(folder), Err(ServeError::Busy)));
        said("of the second\n");
        assert_eq!(log(), "of the first\nof the second\n");
        drop(first);
        let _third = begin(folder).unwrap();
        assert_eq!(log(), "");
    }
}
