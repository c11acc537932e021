//! The guard's own process: sets everything up, serves, and ends.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::stat::fstat;

use super::client::socket;
use super::control::Control;
use super::filesystems::to_watch;
use super::knowledge::Knowledge;
use super::policy::Policy;
use super::private::make_private;
use super::reader::Reader;
use super::watchdog::Pulse;
use super::{FOLDER, READY};
use crate::confine::{Duty, confine};
use crate::fanotify::{Open, Opens, Watch};
use crate::keyring::HeldKeys;
use crate::mounts::MOUNTINFO;
use crate::root::Root;
use crate::store::Announced;
use crate::sweep::learn;
use crate::system::{SystemError, shown};

/// Exit status of a guard that found another.
pub(super) const BUSY: i32 = 3;
/// A larger file, in bytes, is dealt with by a thread of its own, so that others need not wait for it.
const LARGE: i64 = 4 << 20;
/// How many such threads there are.
const WORKERS: usize = 2;
/// How long the reader waits for an event before it beats, in milliseconds.
const IDLE: u16 = 1_000;

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
    let root = Root::open(Path::new("/"))?;
    let policy = Policy::of_this_kernel();
    // What is asked above, by opening a file for writing, cannot be asked from here on.
    confine(Duty::Guard, Some(&root), &[Path::new(FOLDER)]);
    let mut pulse = Pulse::start().map_err(here("start the watchdog of"))?;
    Announced::remove_all(&root)?;
    let held = HeldKeys::of_this_machine(&root);
    let store = learn(&root, &held)?;
    let knowledge = Knowledge::new(root, store, held);
    let watch = Watch::new(match policy {
        Policy::Executables => Opens::Any,
        Policy::Files => Opens::TellExec,
    });
    let watch = watch.map_err(ServeError::Watch)?;
    let stop = EventFd::from_flags(EfdFlags::EFD_CLOEXEC).map_err(here("make an event for"))?;
    let control = Control::new(listen()?, &knowledge, first);
    let mut control = control.map_err(here("listen in"))?;
    let reader = Reader {
        watch: &watch,
        knowledge: &knowledge,
        policy,
        own: std::process::id(),
    };
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    log::info!("guarding process {first}, {policy:?}");
    let served = thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| answer_large(&reader, &receiver));
        }
        scope.spawn(|| answer_all(&reader, &stop, &mut pulse, sender));
        let served = watch_filesystems(&watch)
            .and_then(|()| tell_ready())
            .and_then(|()| control.run());
        // The threads end with this; a guard that cannot even say so must not stay.
        if stop.write(1).is_err() {
            std::process::exit(2);
        }
        served
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

/// A filesystem that cannot be watched is left to the sweep.
fn watch_filesystems(watch: &Watch) -> io::Result<()> {
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

/// The reader's thread.
fn answer_all<'a>(reader: &Reader<'a>, stop: &EventFd, pulse: &mut Pulse, large: Sender<Open<'a>>) {
    while wait(reader.watch, stop) {
        pulse.beat();
        match reader.watch.read() {
            Ok(opens) => opens
                .into_iter()
                .for_each(|open| answer(reader, open, &large)),
            Err(error) => {
                // Better no guard than one that leaves somebody waiting.
                log::error!("cannot read events: {error}");
                std::process::exit(2);
            }
        }
    }
}

/// An open of something large is left to a worker; one that cannot be looked at goes on.
fn answer<'a>(reader: &Reader<'a>, open: Open<'a>, large: &Sender<Open<'a>>) {
    let Some(Ok(status)) = open.file().map(fstat) else {
        return;
    };
    if status.st_size <= LARGE {
        reader.answer(&open, &status);
    } else if large.send(open).is_err() {
        log::error!("nobody is left for large files");
    }
}

/// Waits for an event, or for nothing for a while; false when it is time to end.
fn wait(watch: &Watch, stop: &EventFd) -> bool {
    let mut waiting = [
        PollFd::new(watch.as_fd(), PollFlags::POLLIN),
        PollFd::new(stop.as_fd(), PollFlags::POLLIN),
    ];
    match poll(&mut waiting, PollTimeout::from(IDLE)) {
        Ok(_) | Err(Errno::EINTR) => !waiting[1].any().unwrap_or(false),
        Err(_) => false,
    }
}

/// A worker's thread; ends when the reader has ended.
fn answer_large<'a>(reader: &Reader<'a>, large: &Mutex<Receiver<Open<'a>>>) {
    loop {
        let next = large
            .lock()
            .expect("no holder panics: panic is abort")
            .recv();
        match next {
            Ok(open) => {
                if let Some(Ok(status)) = open.file().map(fstat) {
                    reader.answer(&open, &status);
                }
            }
            Err(_) => return,
        }
    }
}
