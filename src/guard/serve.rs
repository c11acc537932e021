//! The guard's own process: sets everything up, serves, and ends.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::client::socket;
use super::control::Control;
use super::filesystems::to_watch;
use super::knowledge::Knowledge;
use super::opener::Following;
use super::overseer::{AtWork, oversee, start_crew};
use super::policy::Policy;
use super::private::make_private;
use super::reader::Reader;
use super::resources::claim;
use super::watchdog::Pulse;
use super::work::Work;
use super::worker::Desk;
use super::{FOLDER, READY};
use crate::keys::held::HeldKeys;
use crate::machine::confine::{Duty, confine};
use crate::machine::error::{SystemError, shown};
use crate::machine::fanotify::{Group, Opens};
use crate::machine::mounts::MOUNTINFO;
use crate::machine::root::Root;
use crate::signatures::{Announced, learn, state_folder};

/// Exit status of a guard that found another.
pub(super) const BUSY: i32 = 3;

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
    let policy = Policy::of_this_kernel();
    // What is claimed above, and asked by opening a file for writing, cannot be had from here on.
    confine(Duty::Guard, state_folder(&root), &[Path::new(FOLDER)]);
    let pulse = Pulse::start().map_err(here("start the watchdog of"))?;
    Announced::remove_all(&root)?;
    let held = HeldKeys::of_this_machine(&root);
    let store = learn(&root, &held)?;
    let knowledge = Arc::new(Knowledge::new(root, store, held));
    let watch = Group::new(match policy {
        Policy::Executables => Opens::Any,
        Policy::Files => Opens::TellExec,
    });
    let desk = Arc::new(Desk {
        watch: Arc::new(watch.map_err(ServeError::Watch)?),
        knowledge: Arc::clone(&knowledge),
        work: Work::new(room),
    });
    let control = Control::new(listen()?, &knowledge, first);
    let mut control = control.map_err(here("listen in"))?;
    let following = control.following();
    // The last sweep is a child of ours.
    following.add(std::process::id());
    log::info!("guarding process {first}, {policy:?}, room for {room}");
    let served = while_answering(&desk, policy, following, pulse, || {
        watch_filesystems(&desk.watch)
            .and_then(|()| tell_ready())
            .and_then(|()| control.run())
    });
    remove_socket();
    Announced::remove_all(knowledge.root())?;
    served.map_err(|error| here("serve in")(error).into())
}

/// Starts all threads, runs that, and lets everybody go. The reader ends; the other threads may hang,
/// and end with the process.
fn while_answering(
    desk: &Arc<Desk>,
    policy: Policy,
    following: Following,
    pulse: Pulse,
    run: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let stop = EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?;
    let at_work = Arc::new(AtWork::new());
    start_crew(desk);
    let (its_desk, its_reader) = (Arc::clone(desk), Arc::clone(&at_work));
    thread::Builder::new().spawn(move || oversee(&its_desk, &its_reader, pulse))?;
    let ran = thread::scope(|scope| {
        let reader = Reader::new(desk, policy, following);
        scope.spawn(|| answer_all(reader, &desk.watch, &stop, &at_work));
        let ran = run();
        if let Err(error) = desk.watch.leave_filesystems() {
            log::warn!("cannot leave the filesystems: {error}");
        }
        // The reader ends with this; a guard that cannot even say so must not stay.
        if stop.write(1).is_err() {
            std::process::exit(2);
        }
        ran
    });
    desk.let_all_go();
    ran
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

/// A filesystem that cannot be watched is left to the sweep.
fn watch_filesystems(watch: &Group) -> io::Result<()> {
    let points = to_watch(&fs::read(MOUNTINFO)?);
    for point in points {
        match watch.add_filesystem(&point) {
            Ok(()) => log::debug!("watching '{}'", shown(&point)),
            Err(error) => log::warn!("cannot watch '{}': {error}", shown(&point)),
        }
    }
    Ok(())
}

/// Tells the starter, and lets go of its pipe.
fn tell_ready() -> io::Result<()> {
    let mut pipe = io::stdout();
    pipe.write_all(READY)?;
    pipe.flush()?;
    Ok(nix::unistd::dup2_stdout(File::open("/dev/null")?)?)
}

/// The reader's thread. It ends when it is told to and nobody waits any more.
fn answer_all(mut reader: Reader<'_>, watch: &Group, stop: &EventFd, at_work: &AtWork) {
    while wait(watch, stop) {
        at_work.begins();
        reader.sort_all();
        at_work.pauses();
    }
    at_work.begins();
    while reader.let_all_go() {}
    at_work.pauses();
}

/// Waits for an event; false when it is time to end.
fn wait(watch: &Group, stop: &EventFd) -> bool {
    let mut waiting = [
        PollFd::new(watch.as_fd(), PollFlags::POLLIN),
        PollFd::new(stop.as_fd(), PollFlags::POLLIN),
    ];
    match poll(&mut waiting, PollTimeout::NONE) {
        Ok(_) => !waiting[1].any().unwrap_or(false),
        Err(error) => {
            log::debug!("{error}");
            true
        }
    }
}
