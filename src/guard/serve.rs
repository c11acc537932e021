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
use crate::signatures::{Announced, learn, state_folder};

/// Why a guard could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another one does.
    #[error("another guard is running")]
    Busy,
    /// The kernel has no permission events, or we no right to them.
    #[error("cannot watch for opens: {0}")]
    Watch(io::Error),
    /// An operation on the machine failed.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl ServeError {
    /// The exit status that tells the starter which it was.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Busy => u8::try_from(BUSY).expect("a small number"),
            _ => 2,
        }
    }
}

/// Makes the guard's folder, and the log in it.
///
/// # Errors
/// If they cannot be made.
pub fn open_log() -> Result<File, SystemError> {
    let folder = Path::new(FOLDER);
    make_private(folder)?;
    let log = folder.join("log");
    File::create(&log).map_err(SystemError::at("write", &log))
}

/// Serves until that process, and whoever joins, is gone. Needs the folder of [`open_log`].
///
/// # Errors
/// If it could not begin; nobody waits then.
pub fn serve(first: u32) -> Result<(), ServeError> {
    let _lock = lock()?;
    let room = claim();
    let root = Root::open(Path::new("/"))?;
    let appraisal = Appraisal::of_this_kernel();
    // What is claimed above, and asked by opening a file for writing, cannot be had from here on.
    confine(Duty::Guard, state_folder(&root), &[Path::new(FOLDER)]);
    let pulse = Pulse::start().map_err(here("start the watchdog of"))?;
    Announced::remove_all(&root)?;
    let held = HeldKeys::of_this_machine(&root);
    let store = learn(&root, &held)?;
    let knowledge = Arc::new(Knowledge::new(root, store, held));
    let group = Group::new(match appraisal {
        Appraisal::Executables => Opens::Any,
        Appraisal::Files => Opens::TellExec,
    });
    let answerer = Arc::new(Answerer {
        group: Arc::new(group.map_err(ServeError::Watch)?),
        knowledge: Arc::clone(&knowledge),
        pending: Pending::new(room),
    });
    let main_thread = MainThread::new(listen()?, &knowledge, first);
    let mut main_thread = main_thread.map_err(here("listen in"))?;
    let following = main_thread.followed_ids();
    // The last sweep is a child of ours.
    following.add(std::process::id());
    log::info!("guarding process {first}, {appraisal:?}, room for {room}");
    let served = while_answering(&answerer, appraisal, following, pulse, || {
        watch_all(&answerer.group)
            .and_then(|()| tell_ready())
            .and_then(|()| main_thread.run())
    });
    remove_socket();
    Announced::remove_all(knowledge.root())?;
    served.map_err(|error| here("serve in")(error).into())
}

fn here<E: Into<io::Error>>(operation: &'static str) -> impl FnOnce(E) -> SystemError {
    SystemError::at(operation, Path::new(FOLDER))
}

/// One guard a machine.
fn lock() -> Result<Flock<File>, ServeError> {
    let path = Path::new(FOLDER).join("lock");
    let file = File::create(&path).map_err(SystemError::at("write", &path))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(lock),
        Err((_, Errno::EWOULDBLOCK)) => Err(ServeError::Busy),
        Err((_, error)) => Err(SystemError::at("lock", &path)(error).into()),
    }
}

/// The socket, in place of one that a killed guard left: we have its lock.
fn listen() -> Result<UnixListener, SystemError> {
    remove_socket();
    UnixListener::bind(socket()).map_err(SystemError::at("listen on", &socket()))
}

fn remove_socket() {
    if let Err(error) = fs::remove_file(socket()) {
        log::debug!("no socket to remove: {error}");
    }
}

/// Tells the starter, and lets go of its pipe.
fn tell_ready() -> io::Result<()> {
    let mut pipe = io::stdout();
    pipe.write_all(READY)?;
    pipe.flush()?;
    Ok(nix::unistd::dup2_stdout(File::open("/dev/null")?)?)
}
