//! Records as they come, gathered for a short time, so that a storm of them is told in few lines. Pure: the time is given.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::refusals::{Known, Refused, Same, known_by, same};
use crate::format::audit::AuditRecord;

/// How long records of one refusal are gathered before it is told.
const GATHERED: Duration = Duration::from_secs(1);
/// How long they are gathered when it was told already.
const GATHERED_AGAIN: Duration = Duration::from_secs(10);
/// Most refusals that are gathered at a time.
const GATHERED_MAX: usize = 1000;
/// Most refusals that are known to be told already; others are told anew.
const TOLD_MAX: usize = 4000;
/// Most records that are known again in another source, the newest.
const KNOWN_MAX: usize = 1 << 16;

/// The refusals that are to be told now, in the order of their last records.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Those that were not told in the last seconds.
    pub new: Vec<Refused>,
    /// Those that were, with the records since then.
    pub again: Vec<Refused>,
    /// The number of records that are in none of them, as they are of too many files.
    pub left_out: usize,
}

#[derive(Debug)]
struct Gathered {
    refused: Refused,
    until: Instant,
    is_told: bool,
}

/// The records that are being gathered.
#[derive(Debug, Default)]
pub struct Storm {
    gathered: HashMap<Same, Gathered>,
    /// When a refusal was told last.
    told: HashMap<Same, Instant>,
    known: HashSet<Known>,
    /// The same, in the order in which they came.
    order: VecDeque<Known>,
    left_out: usize,
}

impl Storm {
    /// Adds a record that has just come. One that has come already, by its stamp and what it says, is the same from another
    /// source.
    pub fn add(&mut self, record: AuditRecord, now: Instant) {
        let same = same(&record);
        if !self.is_new(known_by(record.stamp, &same, self.known.hasher())) {
            return;
        }
        let told = self.told.get(&same).map(|told| *told + GATHERED_AGAIN);
        let again = told.filter(|until| *until > now);
        let has_room = self.gathered.len() < GATHERED_MAX;
        match self.gathered.entry(same) {
            Entry::Occupied(mut gathered) => gathered.get_mut().refused.add(record),
            Entry::Vacant(place) if has_room => {
                place.insert(Gathered {
                    refused: Refused::of(record),
                    until: again.unwrap_or(now + GATHERED),
                    is_told: again.is_some(),
                });
            }
            Entry::Vacant(_) => self.left_out += 1,
        }
    }

    fn is_new(&mut self, known: Known) -> bool {
        let is_new = self.known.insert(known);
        if is_new {
            self.order.push_back(known);
        }
        let is_full = self.order.len() > KNOWN_MAX;
        if let Some(oldest) = is_full.then(|| self.order.pop_front()).flatten() {
            self.known.remove(&oldest);
        }
        is_new
    }

    /// What is to be told at that time.
    pub fn due(&mut self, now: Instant) -> Due {
        self.take(now, |gathered| gathered.until <= now)
    }

    /// All that is left.
    pub fn rest(&mut self, now: Instant) -> Due {
        self.take(now, |_| true)
    }

    fn take(&mut self, now: Instant, is_due: impl Fn(&Gathered) -> bool) -> Due {
        self.told.retain(|_, told| *told + GATHERED_AGAIN > now);
        let mut due = Due {
            left_out: std::mem::take(&mut self.left_out),
            ..Due::default()
        };
        let gathered = std::mem::take(&mut self.gathered);
        let (taken, left): (HashMap<_, _>, HashMap<_, _>) = gathered
            .into_iter()
            .partition(|(_, gathered)| is_due(gathered));
        self.gathered = left;
        for (same, gathered) in taken {
            if self.told.len() < TOLD_MAX || self.told.contains_key(&same) {
                self.told.insert(same, now);
            }
            match gathered.is_told {
                true => due.again.push(gathered.refused),
                false => due.new.push(gathered.refused),
            }
        }
        for refused in [&mut due.new, &mut due.again] {
            refused.sort_by_key(|refused| refused.last.stamp);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::audit::AuditLine;

    fn record(number: u64, name: &str) -> AuditRecord {
        let line = format!(
            "audit: type=1800 audit(1764000000.000:{number}): pid=1 uid=0 op=appraise_data cause=invalid-hash \
             comm=\"x\" name=\"{name}\" dev=\"vda\" ino=1 res=0 errno=0"
        );
        match AuditLine::of_kernel(line.as_bytes()) {
            AuditLine::Record(record) => record,
            other => panic!("{other:?}"),
        }
    }

    fn counts(refused: &[Refused]) -> Vec<(String, usize)> {
        let count = |refused: &Refused| {
            let name = String::from_utf8(refused.last.name.clone()).unwrap();
            (name, refused.count)
        };
        refused.iter().map(count).collect()
    }

    #[test]
    fn a_storm_is_told_once_and_then_counted() {
        let mut storm = Storm::default();
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let count = |name: &str, count| vec![(name.to_owned(), count)];
        for number in 0..500 {
            storm.add(record(number, "/a"), at(number));
            // From another source.
            storm.add(record(number, "/a"), at(number));
            assert_eq!(storm.due(at(number)), Due::default());
        }
        let due = storm.due(at(1000));
        assert_eq!((counts(&due.new), due.again.len()), (count("/a", 500), 0));
        for number in 500..900 {
            storm.add(record(number, "/a"), at(1000 + number));
        }
        storm.add(record(900, "/b"), at(2000));
        let due = storm.due(at(3000));
        assert_eq!((counts(&due.new), due.again.len()), (count("/b", 1), 0));
        assert_eq!(storm.due(at(10_999)), Due::default());
        let due = storm.due(at(11_000));
        assert_eq!((due.new.len(), counts(&due.again)), (0, count("/a", 400)));
        // After a while without one it is new.
        storm.add(record(901, "/a"), at(21_001));
        assert_eq!(counts(&storm.rest(at(21_002)).new), count("/a", 1));
    }

    #[test]
    fn records_of_one_system_call_are_several() {
        let mut storm = Storm::default();
        let start = Instant::now();
        for name in ["/script", "/interpreter", "/script"] {
            storm.add(record(1, name), start);
        }
        let mut told = counts(&storm.rest(start).new);
        told.sort();
        let expected = ["/interpreter", "/script"].map(|name| (name.to_owned(), 1));
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_too_much_is_counted_and_memory_stays() {
        let mut storm = Storm::default();
        let start = Instant::now();
        let mut sample = record(0, "/a");
        let mut told = 0;
        for number in 0..3 * KNOWN_MAX as u64 {
            sample.stamp.number = number;
            sample.name = number.to_string().into_bytes();
            storm.add(sample.clone(), start);
            if number % 10_000 == 9_999 {
                let due = storm.rest(start);
                assert_eq!((due.new.len(), due.left_out), (GATHERED_MAX, 9000));
                told += due.new.len();
            }
        }
        assert!(told > TOLD_MAX);
        assert!(storm.told.len() <= TOLD_MAX);
        assert!(storm.known.len() <= KNOWN_MAX && storm.order.len() <= KNOWN_MAX);
    }
}
