//! Looks after those who wait: answers whoever waits for too long, hires workers where the ones that
//! are there hang, and beats for the watchdog as long as everybody is answered in time.
//!
//! It never touches a file, so that nothing can hold it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::crew::WorkerId;
use super::lane::{Class, Lane};
use super::open::PendingOpen;
use super::pending::PATIENCE;
use super::worker::Answerer;
use crate::guard::opener::Opener;
use crate::guard::watchdog::Pulse;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);
/// If an open has waited for so long, this process can not even answer; the watchdog will end it.
const LOST: Duration = PATIENCE.saturating_add(Duration::from_secs(2));
/// The same for the reader, which has nothing to wait for.
const READER_LOST: Duration = Duration::from_secs(5);

/// Since when the reader has been at work without a pause.
#[derive(Debug)]
pub(crate) struct BusySince {
    start: Instant,
    /// In milliseconds after the start; 0 while it waits for an event.
    since: AtomicU64,
}

impl BusySince {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            since: AtomicU64::new(0),
        }
    }

    pub(crate) fn begins(&self) {
        let since = self.start.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX).max(1);
        self.since.store(since, Ordering::Relaxed);
    }

    pub(crate) fn pauses(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    fn for_how_long(&self, now: Instant) -> Duration {
        match self.since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => {
                let elapsed = now.saturating_duration_since(self.start);
                elapsed.saturating_sub(Duration::from_millis(since))
            }
        }
    }
}

/// Whether all is well: nobody waits for longer than the guard lets anybody wait.
fn is_alive(oldest: Duration, reader: Duration) -> bool {
    oldest < LOST && reader < READER_LOST
}

/// Looks after everything as long as the process lives.
pub(crate) fn oversee(answerer: &Arc<Answerer>, reader: &BusySince, mut pulse: Pulse) {
    loop {
        thread::sleep(LOOK);
        let now = Instant::now();
        let overdue = answerer.pending.look(now);
        overdue.opens.iter().for_each(|open| let_go(open));
        for (number, lane) in overdue.hired {
            log::info!("another worker is needed: {lane:?}");
            start(answerer, number, lane);
        }
        if is_alive(overdue.oldest, reader.for_how_long(now)) {
            pulse.beat();
        }
    }
}

/// Users can make this happen as often as they like, so only dpkg's opens are told of.
fn let_go(open: &PendingOpen) {
    let level = match open.class {
        Class::Files(Opener::User(_), _) => log::Level::Debug,
        Class::Files(Opener::Dpkg, _) | Class::Lists => log::Level::Warn,
    };
    log::log!(
        level,
        "process {} waited too long for {} bytes, and goes on",
        open.event.process(),
        open.status.st_size
    );
    open.event.allow();
}

/// Starts the first workers, one for each lane.
pub(crate) fn start_crew(answerer: &Arc<Answerer>) {
    for lane in Lane::ALL {
        if let Some(number) = answerer.pending.hire(lane) {
            start(answerer, number, lane);
        }
    }
}

/// Starts a worker. What one that cannot be started should have done is answered when it is overdue.
fn start(answerer: &Arc<Answerer>, number: WorkerId, lane: Lane) {
    let its_answerer = Arc::clone(answerer);
    let started = thread::Builder::new().spawn(move || its_answerer.serve(number, lane));
    if let Err(error) = started {
        log::warn!("no more workers: {error}");
        answerer.pending.dismiss(number);
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
        let busy_since = BusySince::new();
        let later = Instant::now() + READER_LOST * 2;
        assert_eq!(busy_since.for_how_long(later), Duration::ZERO);
        busy_since.begins();
        assert!(busy_since.for_how_long(later) > READER_LOST);
        assert!(busy_since.for_how_long(Instant::now()) < READER_LOST);
        busy_since.pauses();
        assert_eq!(busy_since.for_how_long(later), Duration::ZERO);
    }
}
