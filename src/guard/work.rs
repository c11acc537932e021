//! What is to be done before openers may go on, shared by those who do it: the reader puts it in,
//! workers take it out, and the overseer answers whatever waits for too long.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::libc::dev_t;
use nix::sys::stat::FileStat;

use super::crew::{Crew, Number};
use super::opener::Opener;
use super::queue::{Lane, Place, Queue};
use crate::machine::fanotify::OpenEvent;

/// Nobody's open waits longer than this, whatever happens.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// An open by others than dpkg does not wait longer than this for its turn.
const TURN: Duration = Duration::from_millis(500);
/// A filesystem on which a worker stands still for so long does not answer: opens on it go on.
const HUNG: Duration = Duration::from_secs(4);

/// An open that waits.
#[derive(Debug)]
pub(super) struct Job {
    /// The open; it goes on when this is dropped, at the latest.
    pub(super) open: OpenEvent,
    /// The file as it was when it was opened.
    pub(super) status: FileStat,
    /// Who opens it, and what.
    pub(super) place: Place,
    /// Since when it waits.
    pub(super) since: Instant,
    /// How many pieces of the file were read.
    pub(super) progress: AtomicU64,
}

impl Job {
    fn is_dpkgs(&self) -> bool {
        !matches!(self.place, Place::Files(Opener::User(_), _))
    }

    /// A reader that tells how far it got, and gives up once nobody waits for it any more.
    pub(super) fn watched<R: Read>(&self, content: R) -> Watched<'_, R> {
        Watched { job: self, content }
    }
}

/// See [`Job::watched`].
#[derive(Debug)]
pub(super) struct Watched<'a, R> {
    job: &'a Job,
    content: R,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A list is of use even if dpkg went on without it.
        if self.job.open.is_allowed() && self.job.place != Place::Lists {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let read = self.content.read(buffer)?;
        self.job.progress.fetch_add(1, Ordering::Relaxed);
        Ok(read)
    }
}

/// All of it.
#[derive(Debug)]
pub(super) struct Work(Mutex<State>);

#[derive(Debug)]
struct State {
    queue: Queue<Arc<Job>>,
    crew: Crew,
    busy: BTreeMap<Number, Arc<Job>>,
    idle: BTreeMap<Lane, Vec<(Number, Arc<Condvar>)>>,
    /// Filesystems that do not answer.
    hung: HashSet<dev_t>,
}

/// What the overseer has to do.
#[derive(Debug)]
pub(super) struct Overdue {
    /// These must not wait any longer.
    pub(super) jobs: Vec<Arc<Job>>,
    /// These were hired and are to be started.
    pub(super) hired: Vec<(Number, Lane)>,
    /// For how long the oldest of the others has waited.
    pub(super) oldest: Duration,
}

impl Work {
    /// Nothing, with room for so many opens.
    pub(super) fn new(room: usize) -> Self {
        Self(Mutex::new(State {
            queue: Queue::new(room),
            crew: Crew::default(),
            busy: BTreeMap::new(),
            idle: BTreeMap::new(),
            hung: HashSet::new(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker for that lane, to be started; none if there are too many.
    pub(super) fn hire(&self, lane: Lane) -> Option<Number> {
        self.state().crew.hire(lane)
    }

    /// A worker that could not be started.
    pub(super) fn dismiss(&self, number: Number) {
        self.state().crew.dismiss(number);
    }

    /// Puts an open in its place; gives back one that finds no room, or that would only wait for a
    /// filesystem that does not answer.
    pub(super) fn add(&self, job: Job) -> Option<Arc<Job>> {
        let mut state = self.state();
        let job = Arc::new(job);
        if !job.is_dpkgs() && state.hung.contains(&job.status.st_dev) {
            return Some(job);
        }
        let place = job.place;
        let turned_away = state.queue.push(place, job);
        if turned_away.is_none() {
            state.wake_one(place);
        }
        turned_away
    }

    /// Waits for something to do.
    pub(super) fn take(&self, number: Number, lane: Lane) -> Arc<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.queue.pop(lane) {
                state.crew.begins(number, Instant::now());
                state.busy.insert(number, Arc::clone(&job));
                return job;
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
    pub(super) fn finish(&self, number: Number) -> bool {
        let mut state = self.state();
        state.busy.remove(&number);
        state.crew.ends(number, Instant::now())
    }

    /// Looks at everything that waits.
    pub(super) fn look(&self, now: Instant) -> Overdue {
        let mut state = self.state();
        state.observe(now);
        let jobs = state.overdue(now);
        let oldest = state.oldest(now);
        let hired = state.hire_missing(now);
        Overdue {
            jobs,
            hired,
            oldest,
        }
    }

    /// Everything that waits, taken out as far as nobody is at it.
    pub(super) fn all(&self) -> Vec<Arc<Job>> {
        let mut state = self.state();
        let mut all = state.queue.remove(|_| true);
        all.extend(state.busy.values().cloned());
        all
    }
}

impl State {
    fn wake_one(&mut self, place: Place) {
        let lane = place.lanes().iter();
        let mut idle = lane.filter_map(|lane| self.idle.get_mut(lane)?.pop());
        if let Some((_, wake)) = idle.next() {
            wake.notify_one();
        }
    }

    fn observe(&mut self, now: Instant) {
        self.hung.clear();
        for (number, job) in &self.busy {
            let progress = job.progress.load(Ordering::Relaxed);
            self.crew.reaches(*number, progress, now);
            // What follows the reading of a list takes time, but no input or output.
            let waits_for_disk = job.place != Place::Lists;
            if waits_for_disk && self.crew.stands_still(*number, now) >= HUNG {
                self.hung.insert(job.status.st_dev);
            }
        }
    }

    fn overdue(&mut self, now: Instant) -> Vec<Arc<Job>> {
        let age = |job: &Job| now.saturating_duration_since(job.since);
        let hung = |job: &Job| !job.is_dpkgs() && self.hung.contains(&job.status.st_dev);
        let mut overdue = self.queue.remove(|job| {
            let limit = if job.is_dpkgs() { PATIENCE } else { TURN };
            age(job) >= limit || hung(job)
        });
        let busy = self.busy.values().filter(|job| !job.open.is_allowed());
        overdue.extend(
            busy.filter(|job| age(job) >= PATIENCE || hung(job))
                .cloned(),
        );
        overdue
    }

    fn oldest(&self, now: Instant) -> Duration {
        let waiting = self.queue.iter().chain(self.busy.values());
        let waiting = waiting.filter(|job| !job.open.is_allowed());
        let ages = waiting.map(|job| now.saturating_duration_since(job.since));
        ages.max().unwrap_or_default()
    }

    fn hire_missing(&mut self, now: Instant) -> Vec<(Number, Lane)> {
        let missing = self.crew.missing(now, |lane| self.queue.has_for(lane));
        let hired = missing
            .into_iter()
            .filter_map(|lane| Some((self.crew.hire(lane)?, lane)));
        hired.collect()
    }
}
