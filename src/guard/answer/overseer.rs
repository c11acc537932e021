//! The overseer's thread: answers opens that wait too long, replaces workers that hang, and beats for the watchdog as
//! long as every open is answered in time.
//!
//! It never touches a file, so that no filesystem can hold it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::crew::WorkerId;
use super::lane::Lane;
use super::open::PendingOpen;
use super::pending::PATIENCE;
use super::worker::Answerer;
use crate::guard::watchdog::Pulse;

/// Time between two looks. Limits on waiting are exact to this.
const LOOK: Duration = Duration::from_millis(100);
/// An open that has waited for so long was not even answered by the overseer: it stops beating, and the watchdog will
/// kill the process.
const LOST: Duration = PATIENCE.saturating_add(Duration::from_secs(2));
/// The same for an event reader that is busy without a pause: nothing that it does may block.
const READER_LOST: Duration = Duration::from_secs(5);

/// Since when the event reader has been busy without a pause; written by the reader, read by the overseer.
#[derive(Debug, Default)]
pub(crate) struct BusySince(Mutex<Option<Instant>>);

impl BusySince {
    pub(crate) fn begins(&self) {
        *self.since() = Some(Instant::now());
    }

    pub(crate) fn pauses(&self) {
        *self.since() = None;
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn for_how_long(&self, now: Instant) -> Duration {
        let since = self.since().unwrap_or(now);
        now.saturating_duration_since(since)
    }
}

/// Whether the guard answers in time, by its oldest open and the time for which the reader has been busy.
fn is_alive(oldest: Duration, reader: Duration) -> bool {
    oldest < LOST && reader < READER_LOST
}

/// Runs as long as the process lives.
pub(crate) fn oversee(answerer: &Arc<Answerer>, reader: &BusySince, mut pulse: Pulse) {
    loop {
        thread::sleep(LOOK);
        let now = Instant::now();
        let overdue = answerer.pending.look(now);
        overdue.opens.iter().for_each(|open| allow_overdue(open));
        for (id, lane) in overdue.hired {
            log::info!("no worker of lane {lane:?} gets on: another one starts");
            start(answerer, id, lane);
        }
        if is_alive(overdue.oldest, reader.for_how_long(now)) {
            pulse.beat();
        }
    }
}

/// Allows an open.
fn allow_overdue(open: &PendingOpen) {
    log::log!(
        open.opener.level(log::Level::Warn),
        "process {} waited too long for {} bytes, and goes on",
        open.event.process(),
        open.status.st_size
    );
    open.event.allow();
}

/// Starts one worker for each lane.
pub(crate) fn start_crew(answerer: &Arc<Answerer>) {
    for lane in Lane::ALL {
        if let Some(id) = answerer.pending.hire(lane) {
            start(answerer, id, lane);
        }
    }
}

/// Starts a worker's thread. If that fails, the opens of its lane are answered when they are overdue.
fn start(answerer: &Arc<Answerer>, id: WorkerId, lane: Lane) {
    let its_answerer = Arc::clone(answerer);
    let started = thread::Builder::new().spawn(move || its_answerer.serve(id, lane));
    if let Err(error) = started {
        log::warn!("cannot start a worker: {error}");
        answerer.pending.dismiss(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_oldest_that_counts() {
        let second = Duration::from_secs(1);
        assert!(is_alive(Duration::ZERO, Duration::ZERO));
        assert!(is_alive(PATIENCE + second, Duration::ZERO));
        assert!(!is_alive(LOST, Duration::ZERO));
        assert!(!is_alive(Duration::ZERO, READER_LOST));
    }

    #[test]
    fn a_reader_at_work_and_at_rest() {
        let busy_since = BusySince::default();
        let later = Instant::now() + READER_LOST * 2;
        assert_eq!(busy_since.for_how_long(later), Duration::ZERO);
        busy_since.begins();
        assert!(busy_since.for_how_long(later) > READER_LOST);
        assert!(busy_since.for_how_long(Instant::now()) < READER_LOST);
        busy_since.pauses();
        assert_eq!(busy_since.for_how_long(later), Duration::ZERO);
    }
}
