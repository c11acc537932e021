//! Records that are about the same: one refusal for each file and cause. Pure.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::BuildHasher;

use crate::format::audit::{AuditRecord, AuditStamp, Cause, Enforcer, Operation};
use crate::format::text::Text;

/// Most refusals that are told apart. The files of a machine that has no label at all are more.
const REFUSALS_MAX: usize = 20_000;
/// Most records that are known again in another source. 50 MiB.
const KNOWN_MAX: usize = 1 << 20;
/// Most processes of one refusal that are named.
const COMMANDS_MAX: usize = 5;

/// One file that was refused for one cause, however often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The last record.
    pub last: AuditRecord,
    /// Of the first one.
    pub first: AuditStamp,
    /// How many there are.
    pub count: usize,
    /// What the processes were called; [`COMMANDS_MAX`] of them at most.
    pub commands: BTreeSet<Text>,
}

/// What makes records one refusal.
pub(super) type Same = (Vec<u8>, Enforcer, Operation, Cause);

/// What a record has in common with others of the same refusal.
pub(super) fn same(record: &AuditRecord) -> Same {
    (
        record.name.clone(),
        record.enforcer,
        record.operation,
        record.cause.clone(),
    )
}

/// What a record is known again by: its stamp, and a hash of what it has in common with others of the same refusal.
pub(super) type Known = (AuditStamp, u64);

/// All that the kernel writes during one system call has one stamp, if somebody listens to its audit: a program that is
/// executed and its interpreter, say. So the stamp alone does not tell a record.
pub(super) fn known_by(stamp: AuditStamp, same: &Same, hasher: &impl BuildHasher) -> Known {
    (stamp, hasher.hash_one(same))
}

/// All refusals so far.
#[derive(Debug, Default)]
pub struct Refusals {
    refused: BTreeMap<Same, Refused>,
    known: HashSet<Known>,
    left_out: usize,
}

impl Refusals {
    /// Adds a record. One that is there already, by its stamp and what it says, is the same record from another source.
    pub fn add(&mut self, record: AuditRecord) {
        let same = same(&record);
        let known = known_by(record.stamp, &same, self.known.hasher());
        if self.known.contains(&known) {
            return;
        }
        if self.known.len() < KNOWN_MAX {
            self.known.insert(known);
        }
        let has_room = self.refused.len() < REFUSALS_MAX;
        match self.refused.entry(same) {
            Entry::Occupied(mut refused) => refused.get_mut().add(record),
            Entry::Vacant(place) if has_room => {
                place.insert(Refused::of(record));
            }
            Entry::Vacant(_) => self.left_out += 1,
        }
    }

    /// The number of records that are in none of [`Self::into_refused`], as there are too many.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Each refusal, in the order of their last records.
    #[must_use]
    pub fn into_refused(self) -> Vec<Refused> {
        let mut refused: Vec<_> = self.refused.into_values().collect();
        refused.sort_by_key(|refused| refused.last.stamp);
        refused
    }
}

impl Refused {
    /// Of a single record.
    #[must_use]
    pub fn of(record: AuditRecord) -> Self {
        Self {
            first: record.stamp,
            count: 1,
            commands: [record.command.clone()].into(),
            last: record,
        }
    }

    /// One more record of the same.
    pub(super) fn add(&mut self, record: AuditRecord) {
        self.count += 1;
        self.first = self.first.min(record.stamp);
        if self.commands.len() < COMMANDS_MAX {
            self.commands.insert(record.command.clone());
        }
        if record.stamp >= self.last.stamp {
            self.last = record;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::audit::AuditLine;

    fn record(number: u64, name: &str, cause: &str, command: &str) -> AuditRecord {
        let line = format!(
            "audit: type=1800 audit(17640000{number:02}.000:{number}): pid=1 uid=0 op=appraise_data \
             cause={cause} comm=\"{command}\" name=\"{name}\" dev=\"vda\" ino=1 res=0 errno=0"
        );
        match AuditLine::of_kernel(line.as_bytes()) {
            AuditLine::Record(record) => record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_same_file_and_cause_is_one_refusal() {
        let mut refusals = Refusals::default();
        for (number, name, cause, command) in [
            (3, "/a", "invalid-hash", "sh"),
            (1, "/a", "invalid-hash", "cron"),
            (2, "/b", "invalid-hash", "sh"),
            (4, "/a", "missing-hash", "sh"),
            // From another source.
            (3, "/a", "invalid-hash", "sh"),
        ] {
            refusals.add(record(number, name, cause, command));
        }
        let refused = refusals.into_refused();
        let told: Vec<_> = refused
            .iter()
            .map(|refused| {
                let last = &refused.last;
                (last.name.as_slice(), last.stamp.number, refused.count)
            })
            .collect();
        assert_eq!(told, [(&b"/b"[..], 2, 1), (b"/a", 3, 2), (b"/a", 4, 1)]);
        assert_eq!(refused[1].first.milliseconds, 1_764_000_001_000);
        let commands: Vec<_> = refused[1]
            .commands
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(commands, ["cron", "sh"]);
    }

    /// As auditd has them: a script and its interpreter are refused in one execve(2).
    #[test]
    fn records_of_one_system_call_are_several() {
        let mut refusals = Refusals::default();
        for (name, cause) in [
            ("/script", "missing-hash"),
            ("/interpreter", "missing-hash"),
            ("/script", "invalid-hash"),
            // From another source.
            ("/script", "missing-hash"),
            ("/interpreter", "missing-hash"),
        ] {
            refusals.add(record(1, name, cause, "sh"));
        }
        let counts: Vec<_> = refusals
            .into_refused()
            .iter()
            .map(|one| one.count)
            .collect();
        assert_eq!(counts, [1, 1, 1]);
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let mut refusals = Refusals::default();
        let sample = record(1, "/a", "invalid-hash", "sh");
        for number in 0..REFUSALS_MAX as u64 + 3 {
            let mut record = sample.clone();
            record.stamp.number = number;
            record.name = number.to_string().into_bytes();
            refusals.add(record);
        }
        assert_eq!(refusals.left_out(), 3);
        assert_eq!(refusals.into_refused().len(), REFUSALS_MAX);
    }
}
