//! All opens that wait, shared by the threads: the event reader adds them, workers take them, and the overseer answers
//! those that wait too long.
//!
//! One mutex guards all of it. No thread touches a file, logs or starts a thread while holding it, so that none waits
//! for a worker that hangs. It is a leaf of the lock order: no other lock is taken while it is held.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::libc::dev_t;

use super::crew::{Crew, WorkerId};
use super::lane::{Class, Lane};
use super::open::PendingOpen;
use super::queue::FairQueue;

/// The longest time for which any open waits, whatever happens.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// The longest time for which a user's open waits until a worker takes it.
const TURN: Duration = Duration::from_millis(500);
/// A filesystem on which a worker makes no progress for so long counts as hung: users' opens on it are allowed at once.
const HUNG: Duration = Duration::from_secs(4);

/// The opens that wait, and the workers that answer them.
#[derive(Debug)]
pub(crate) struct Pending(Mutex<PendingState>);

#[derive(Debug)]
struct PendingState {
    queue: FairQueue<Arc<PendingOpen>>,
    crew: Crew,
    busy: BTreeMap<WorkerId, Arc<PendingOpen>>,
    /// Workers that wait, each with a condition variable of its own: an open wakes one worker, of the best lane for
    /// it, and not all of them.
    idle: BTreeMap<Lane, Vec<(WorkerId, Arc<Condvar>)>>,
    /// Devices of the filesystems that hang, as of the overseer's last look.
    hung: HashSet<dev_t>,
}

/// Found by [`Pending::look`]: what the overseer has to do.
#[derive(Debug)]
pub(super) struct Overdue {
    /// To be answered now.
    pub(super) opens: Vec<Arc<PendingOpen>>,
    /// Workers that are in the crew now, and have no thread yet.
    pub(super) hired: Vec<(WorkerId, Lane)>,
    /// The longest time that any other open has waited.
    pub(super) oldest: Duration,
}

impl Pending {
    /// `room`: how many opens of users may wait.
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

    /// Adds a worker to the crew, whose thread the caller starts; `None` if there are too many.
    pub(super) fn hire(&self, lane: Lane) -> Option<WorkerId> {
        self.state().crew.hire(lane)
    }

    /// Removes a worker whose thread could not be started.
    pub(super) fn dismiss(&self, worker: WorkerId) {
        self.state().crew.dismiss(worker);
    }

    /// Queues an open and wakes a worker for it. Returns the open if there is no room, or if it is a user's on a
    /// filesystem that hangs.
    pub(crate) fn add(&self, open: PendingOpen) -> Option<Arc<PendingOpen>> {
        let mut state = self.state();
        let open = Arc::new(open);
        if !open.is_dpkgs() && state.hung.contains(&open.status.st_dev) {
            return Some(open);
        }
        let (class, opener) = (open.class, open.opener);
        let turned_away = state.queue.push(class, opener, open);
        if turned_away.is_none() {
            state.wake_one(class);
        }
        turned_away
    }

    /// Waits for an open of that lane, and makes the worker busy with it.
    pub(super) fn take(&self, worker: WorkerId, lane: Lane) -> Arc<PendingOpen> {
        let mut state = self.state();
        loop {
            if let Some(open) = state.queue.pop(lane) {
                state.crew.begins(worker, Instant::now());
                state.busy.insert(worker, Arc::clone(&open));
                return open;
            }
            let wake = Arc::new(Condvar::new());
            let idle = state.idle.entry(lane).or_default();
            idle.push((worker, Arc::clone(&wake)));
            state = wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            // After a spurious wakeup it is still listed.
            let idle = state.idle.entry(lane).or_default();
            idle.retain(|(other, _)| *other != worker);
        }
    }

    /// Ends a worker's work on the open that it took. Returns whether the worker stays.
    pub(super) fn finish(&self, worker: WorkerId) -> bool {
        let mut state = self.state();
        state.busy.remove(&worker);
        state.crew.ends(worker, Instant::now())
    }

    /// Notes the progress of all workers, takes out the opens that waited too long, and hires where a lane has no
    /// worker that makes progress. A list that waited too long stays, for its content is wanted all the same.
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

    /// Takes out all that is queued, and returns it together with what workers are busy with.
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
        for (worker, open) in &self.busy {
            let progress = open.progress.load(Ordering::Relaxed);
            self.crew.reaches(*worker, progress, now);
            // After a list is read, its signatures are verified: that takes time, but no input or output.
            let waits_for_disk = open.class != Class::List;
            if waits_for_disk && self.crew.stands_still(*worker, now) >= HUNG {
                self.hung.insert(open.status.st_dev);
            }
        }
    }

    fn overdue(&mut self, now: Instant) -> Vec<Arc<PendingOpen>> {
        let age = |open: &PendingOpen| now.saturating_duration_since(open.since);
        let hung = |open: &PendingOpen| !open.is_dpkgs() && self.hung.contains(&open.status.st_dev);
        let waits_too_long = |open: &PendingOpen| {
            let limit = if open.is_dpkgs() { PATIENCE } else { TURN };
            age(open) >= limit || hung(open)
        };
        let is_list = |open: &PendingOpen| open.class == Class::List;
        let files = |open: &Arc<PendingOpen>| !is_list(open) && waits_too_long(open);
        let mut overdue = self.queue.remove(files);
        let lists = self.queue.iter().filter(|open| is_list(open));
        let lists = lists.filter(|open| waits_too_long(open));
        let busy = self.busy.values();
        let busy = busy.filter(|open| age(open) >= PATIENCE || hung(open));
        let stay = lists.chain(busy).filter(|open| !open.event.is_allowed());
        overdue.extend(stay.cloned());
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
