//! The threads that answer opens: the event reader, the overseer and the workers.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::answer::{Answerer, BusySince, oversee, start_crew};
use super::events::EventReader;
use super::watchdog::Pulse;
use crate::machine::fanotify::Group;

/// Starts the threads, runs `run` on this one, then takes the marks off and allows all opens that wait. Afterwards
/// the event reader has ended; the other threads may hang, and end with the process.
///
/// # Errors
/// That of `run`, or if the threads cannot be started.
pub(super) fn while_answering(
    answerer: &Arc<Answerer>,
    reader: EventReader<'_>,
    pulse: Pulse,
    run: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let stop = EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?;
    let busy_since = Arc::new(BusySince::default());
    start_crew(answerer);
    let (its_answerer, its_reader) = (Arc::clone(answerer), Arc::clone(&busy_since));
    thread::Builder::new().spawn(move || oversee(&its_answerer, &its_reader, pulse))?;
    let ran = thread::scope(|scope| {
        scope.spawn(|| answer_all(reader, &answerer.group, &stop, &busy_since));
        let ran = run();
        if let Err(error) = answerer.group.leave_filesystems() {
            log::warn!("cannot leave the filesystems: {error}");
        }
        // Without this the reader would not end, and the guard stay for ever.
        if stop.write(1).is_err() {
            std::process::exit(2);
        }
        ran
    });
    answerer.allow_all();
    ran
}

/// The event reader's thread: runs until `stop` is readable and no event is left.
fn answer_all(mut reader: EventReader<'_>, group: &Group, stop: &EventFd, busy_since: &BusySince) {
    while wait(group, stop) {
        busy_since.begins();
        reader.sort_all();
        busy_since.pauses();
    }
    busy_since.begins();
    while reader.allow_all() {}
    busy_since.pauses();
}

/// Waits for an event; false once `stop` is readable.
fn wait(group: &Group, stop: &EventFd) -> bool {
    let mut waiting = [
        PollFd::new(group.as_fd(), PollFlags::POLLIN),
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
