//! Which workers make progress, and which lanes need another one. Pure: the caller tells the time.
//!
//! A worker may hang in the kernel for as long as a filesystem is frozen or a device does not answer, and cannot be
//! freed. So no lane relies on one worker: where none makes progress another is hired, and once the first moves
//! again, one of them leaves.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::lane::Lane;

/// A worker without progress for so long is not counted on: reading and hashing a piece of a file takes a millisecond.
const SLOW: Duration = Duration::from_millis(200);
/// The most workers, those that hang among them.
const CREW_MAX: usize = 24;

/// A worker's number, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WorkerId(u64);

#[derive(Debug)]
struct CrewMember {
    lane: Lane,
    position: Option<Position>,
}

/// How far a busy worker has got, and since when it has been there.
#[derive(Debug)]
struct Position {
    progress: u64,
    since: Instant,
}

/// All workers, busy and idle.
#[derive(Debug, Default)]
pub(super) struct Crew {
    workers: BTreeMap<WorkerId, CrewMember>,
    hired: u64,
}

impl Crew {
    /// Adds a worker; `None` if there are too many.
    pub(super) fn hire(&mut self, lane: Lane) -> Option<WorkerId> {
        if self.workers.len() >= CREW_MAX {
            return None;
        }
        self.hired += 1;
        let (id, position) = (WorkerId(self.hired), None);
        self.workers.insert(id, CrewMember { lane, position });
        Some(id)
    }

    pub(super) fn dismiss(&mut self, id: WorkerId) {
        self.workers.remove(&id);
    }

    pub(super) fn begins(&mut self, id: WorkerId, now: Instant) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.position = Some(Position::new(0, now));
        }
    }

    /// Notes how far a worker has got with its open.
    pub(super) fn reaches(&mut self, id: WorkerId, progress: u64, now: Instant) {
        let worker = self.workers.get_mut(&id);
        let position = worker.and_then(|worker| worker.position.as_mut());
        if let Some(position) = position.filter(|position| position.progress != progress) {
            *position = Position::new(progress, now);
        }
    }

    /// Ends a worker's work. Returns whether the worker stays: it is removed if another one of its lane makes progress.
    pub(super) fn ends(&mut self, id: WorkerId, now: Instant) -> bool {
        let Some(worker) = self.workers.get_mut(&id) else {
            return false;
        };
        worker.position = None;
        let lane = worker.lane;
        let mut others = self.workers.iter().filter(|(other, _)| **other != id);
        let replaced = others.any(|(_, other)| other.serves(lane, now));
        if replaced {
            self.workers.remove(&id);
        }
        !replaced
    }

    /// The time since a busy worker last made progress; zero for an idle one.
    pub(super) fn stands_still(&self, id: WorkerId, now: Instant) -> Duration {
        let worker = self.workers.get(&id);
        worker.map_or(Duration::ZERO, |worker| worker.stands_still(now))
    }

    /// The lanes in which opens wait and no worker makes progress.
    pub(super) fn missing(&self, now: Instant, waits: impl Fn(Lane) -> bool) -> Vec<Lane> {
        let mut lanes = Lane::ALL.to_vec();
        let served = |lane| self.workers.values().any(|worker| worker.serves(lane, now));
        lanes.retain(|lane| waits(*lane) && !served(*lane));
        lanes
    }
}

impl CrewMember {
    fn serves(&self, lane: Lane, now: Instant) -> bool {
        self.lane == lane && self.stands_still(now) < SLOW
    }

    fn stands_still(&self, now: Instant) -> Duration {
        let position = self.position.as_ref();
        position.map_or(Duration::ZERO, |position| {
            now.saturating_duration_since(position.since)
        })
    }
}

impl Position {
    const fn new(progress: u64, since: Instant) -> Self {
        Self { progress, since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_hangs_is_replaced_and_one_too_many_leaves() {
        let start = Instant::now();
        let later = start + SLOW;
        let mut crew = Crew::default();
        let first = crew.hire(Lane::Any).unwrap();
        crew.begins(first, start);
        let any = |lane| lane == Lane::Any;
        assert!(crew.missing(start, any).is_empty());
        assert_eq!(crew.missing(later, any), [Lane::Any]);
        assert!(crew.missing(later, |_| false).is_empty());
        assert_eq!(crew.stands_still(first, later), SLOW);
        let second = crew.hire(Lane::Any).unwrap();
        crew.begins(second, later);
        assert!(crew.missing(later, any).is_empty());
        assert!(crew.ends(second, later), "the first still hangs");
        assert!(!crew.ends(first, later), "one is enough");
        assert!(crew.ends(second, later), "and one stays");
    }

    #[test]
    fn a_worker_that_makes_progress_is_not_replaced() {
        let start = Instant::now();
        let mut crew = Crew::default();
        let id = crew.hire(Lane::Dpkg).unwrap();
        crew.begins(id, start);
        for piece in 1..10 {
            let now = start + SLOW / 2 * piece;
            crew.reaches(id, u64::from(piece), now);
            assert!(crew.missing(now, |lane| lane == Lane::Dpkg).is_empty());
        }
        crew.reaches(id, 9, start + SLOW * 9);
        assert!(crew.stands_still(id, start + SLOW * 9) > SLOW);
    }

    #[test]
    fn each_lane_on_its_own_and_never_too_many() {
        let now = Instant::now();
        let mut crew = Crew::default();
        crew.hire(Lane::Small).unwrap();
        let expected = [Lane::Lists, Lane::Dpkg, Lane::Any];
        assert_eq!(crew.missing(now, |_| true), expected);
        let hired = (0..100).filter(|_| crew.hire(Lane::Any).is_some());
        assert_eq!(hired.count(), CREW_MAX - 1);
    }
}
