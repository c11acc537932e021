//! What is to be done before openers may go on, shared by those who do it: the reader puts it in,
//! workers take it out, and the overseer answers whatever waits for too long.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::libc::dev_t;

use super::crew::{Crew, WorkerId};
use super::lane::{Class, Lane};
use super::open::PendingOpen;
use super::queue::FairQueue;

/// Nobody's open waits longer than this, whatever happens.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// An open by others than dpkg does not wait longer than this for its turn.
const TURN: Duration = Duration::from_millis(500);
/// A filesystem on which a worker stands still for so long does not answer: opens on it go on.
const HUNG: Duration = Duration::from_secs(4);

/// All of it.
#[derive(Debug)]
pub(crate) struct Pending(Mutex<PendingState>);

#[derive(Debug)]
struct PendingState {
    queue: FairQueue<Arc<PendingOpen>>,
    crew: Crew,
    busy: BTreeMap<WorkerId, Arc<PendingOpen>>,
    idle: BTreeMap<Lane, Vec<(WorkerId, Arc<Condvar>)>>,
    /// Filesystems that do not answer.
    hung: HashSet<dev_t>,
}

/// What the overseer has to do.
#[derive(Debug)]
pub(super) struct Overdue {
    /// These must not wait any longer.
    pub(super) opens: Vec<Arc<PendingOpen>>,
    /// These were hired and are to be started.
    pub(super) hired: Vec<(WorkerId, Lane)>,
    /// For how long the oldest of the others has waited.
    pub(super) oldest: Duration,
}

impl Pending {
    /// Nothing, with room for so many opens.
    pub(crate) fn new(room: usize) -> Self {
        Self(Mutex::new(PendingState {
            queue: FairQueue::new(room),
            crew: Crew::default(),
            busy: BTreeMap::new(),
            idle: BTreeMap::new(),
            hung: HashSet::new(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, PendingState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker for that lane, to be started; none if there are too many.
    pub(super) fn hire(&self, lane: Lane) -> Option<WorkerId> {
        self.state().crew.hire(lane)
    }

    /// A worker that could not be started.
    pub(super) fn dismiss(&self, number: WorkerId) {
        self.state().crew.dismiss(number);
    }

    /// Puts an open in its class; gives back one that finds no room, or that would only wait for a
    /// filesystem that does not answer.
    pub(crate) fn add(&self, open: PendingOpen) -> Option<Arc<PendingOpen>> {
        let mut state = self.state();
        let open = Arc::new(open);
        if !open.is_dpkgs() && state.hung.contains(&open.status.st_dev) {
            return Some(open);
        }
        let class = open.class;
        let turned_away = state.queue.push(class, open);
        if turned_away.is_none() {
            state.wake_one(class);
        }
        turned_away
    }

    /// Waits for something to do.
    pub(super) fn take(&self, number: WorkerId, lane: Lane) -> Arc<PendingOpen> {
        let mut state = self.state();
        loop {
            if let Some(open) = state.queue.pop(lane) {
                state.crew.begins(number, Instant::now());
                state.busy.insert(number, Arc::clone(&open));
                return open;
            }
            let wake = Arc::new(Condvar::new());
            let idle = state.idle.entry(lane).or_default();
            idle.push((number, Arc::clone(&wake)));
            state = wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            // It may have woken by itself.
            let idle = state.idle.entry(lane).or_default();
            idle.retain(|(other, _)| *other != number);
        }
    }

    /// A worker is done with what it took; whether it stays.
    pub(super) fn finish(&self, number: WorkerId) -> bool {
        let mut state = self.state();
        state.busy.remove(&number);
        state.crew.ends(number, Instant::now())
    }

    /// Looks at everything that waits.
    pub(super) fn look(&self, now: Instant) -> Overdue {
        let mut state = self.state();
        state.observe(now);
        let opens = state.overdue(now);
        let oldest = state.oldest(now);
        let hired = state.hire_missing(now);
        Overdue {
            opens,
            hired,
            oldest,
        }
    }

    /// Everything that waits, taken out as far as nobody is at it.
    pub(super) fn all(&self) -> Vec<Arc<PendingOpen>> {
        let mut state = self.state();
        let mut all = state.queue.remove(|_| true);
        all.extend(state.busy.values().cloned());
        all
    }
}

impl PendingState {
    fn wake_one(&mut self, class: Class) {
        let lane = class.lanes().iter();
        let mut idle = lane.filter_map(|lane| self.idle.get_mut(lane)?.pop());
        if let Some((_, wake)) = idle.next() {
            wake.notify_one();
        }
    }

    fn observe(&mut self, now: Instant) {
        self.hung.clear();
        for (number, open) in &self.busy {
            let progress = open.progress.load(Ordering::Relaxed);
            self.crew.reaches(*number, progress, now);
            // What follows the reading of a list takes time, but no input or output.
            let waits_for_disk = open.class != Class::Lists;
            if waits_for_disk && self.crew.stands_still(*number, now) >= HUNG {
                self.hung.insert(open.status.st_dev);
            }
        }
    }

    fn overdue(&mut self, now: Instant) -> Vec<Arc<PendingOpen>> {
        let age = |open: &PendingOpen| now.saturating_duration_since(open.since);
        let hung = |open: &PendingOpen| !open.is_dpkgs() && self.hung.contains(&open.status.st_dev);
        let mut overdue = self.queue.remove(|open| {
            let limit = if open.is_dpkgs() { PATIENCE } else { TURN };
            age(open) >= limit || hung(open)
        });
        let busy = self.busy.values().filter(|open| !open.event.is_allowed());
        overdue.extend(
            busy.filter(|open| age(open) >= PATIENCE || hung(open))
                .cloned(),
        );
        overdue
    }

    fn oldest(&self, now: Instant) -> Duration {
        let waiting = self.queue.iter().chain(self.busy.values());
        let waiting = waiting.filter(|open| !open.event.is_allowed());
        let ages = waiting.map(|open| now.saturating_duration_since(open.since));
        ages.max().unwrap_or_default()
    }

    fn hire_missing(&mut self, now: Instant) -> Vec<(WorkerId, Lane)> {
        let missing = self.crew.missing(now, |lane| self.queue.has_for(lane));
        let hired = missing
            .into_iter()
            .filter_map(|lane| Some((self.crew.hire(lane)?, lane)));
        hired.collect()
    }
}
