//! The workers: which of them get on, and where another one is needed. Pure.
//!
//! A worker may hang in the kernel for as long as a filesystem is frozen or a device does not answer,
//! and cannot be freed. So no lane relies on one: where none gets on, another is hired, and whoever
//! turns out to be one too many leaves.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::lane::Lane;

/// A worker that has not got on for so long is not counted on: reading and hashing a piece of a file
/// takes a millisecond.
const SLOW: Duration = Duration::from_millis(200);
/// Most workers, those that hang among them.
const CREW_MAX: usize = 24;

/// A worker's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WorkerId(u64);

/// A worker.
#[derive(Debug)]
struct Worker {
    lane: Lane,
    task: Option<Position>,
}

/// How far it got, and since when it has been there.
#[derive(Clone, Copy, Debug)]
struct Position {
    progress: u64,
    since: Instant,
}

/// All workers.
#[derive(Debug, Default)]
pub(super) struct Crew {
    members: BTreeMap<WorkerId, Worker>,
    hired: u64,
}

impl Crew {
    /// A new one for that lane; none if there are too many.
    pub(super) fn hire(&mut self, lane: Lane) -> Option<WorkerId> {
        if self.members.len() >= CREW_MAX {
            return None;
        }
        self.hired += 1;
        let number = WorkerId(self.hired);
        self.members.insert(number, Worker { lane, task: None });
        Some(number)
    }

    /// It is gone.
    pub(super) fn dismiss(&mut self, number: WorkerId) {
        self.members.remove(&number);
    }

    /// It has begun something.
    pub(super) fn begins(&mut self, number: WorkerId, now: Instant) {
        let progress = 0;
        let since = now;
        if let Some(member) = self.members.get_mut(&number) {
            member.task = Some(Position { progress, since });
        }
    }

    /// It has got that far.
    pub(super) fn reaches(&mut self, number: WorkerId, progress: u64, now: Instant) {
        let task = self
            .members
            .get_mut(&number)
            .and_then(|it| it.task.as_mut());
        if let Some(task) = task.filter(|task| task.progress != progress) {
            *task = Position {
                progress,
                since: now,
            };
        }
    }

    /// It is done. Whether it stays: it leaves if its lane has another worker that gets on.
    pub(super) fn ends(&mut self, number: WorkerId, now: Instant) -> bool {
        let Some(member) = self.members.get_mut(&number) else {
            return false;
        };
        member.task = None;
        let lane = member.lane;
        let others = self.members.iter().filter(|(other, _)| **other != number);
        let stays = !others
            .map(|(_, other)| other)
            .any(|other| other.lane == lane && other.gets_on(now));
        if !stays {
            self.members.remove(&number);
        }
        stays
    }

    /// For how long it has not got on; nothing if it has nothing to do.
    pub(super) fn stands_still(&self, number: WorkerId, now: Instant) -> Duration {
        let member = self.members.get(&number);
        member.map_or(Duration::ZERO, |member| member.stands_still(now))
    }

    /// The lanes in which something waits and nobody gets on.
    pub(super) fn missing(&self, now: Instant, waits: impl Fn(Lane) -> bool) -> Vec<Lane> {
        let served = |lane: Lane| {
            let mut members = self.members.values();
            members.any(|member| member.lane == lane && member.gets_on(now))
        };
        let lanes = Lane::ALL.into_iter();
        lanes
            .filter(|lane| waits(*lane) && !served(*lane))
            .collect()
    }
}

impl Worker {
    fn stands_still(&self, now: Instant) -> Duration {
        let since = self
            .task
            .map(|task| now.saturating_duration_since(task.since));
        since.unwrap_or_default()
    }

    fn gets_on(&self, now: Instant) -> bool {
        self.stands_still(now) < SLOW
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
    fn a_worker_that_gets_on_is_not_replaced() {
        let start = Instant::now();
        let mut crew = Crew::default();
        let number = crew.hire(Lane::Dpkg).unwrap();
        crew.begins(number, start);
        for piece in 1..10 {
            let now = start + SLOW / 2 * piece;
            crew.reaches(number, u64::from(piece), now);
            assert!(crew.missing(now, |lane| lane == Lane::Dpkg).is_empty());
        }
        crew.reaches(number, 9, start + SLOW * 9);
        assert!(crew.stands_still(number, start + SLOW * 9) > SLOW);
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
