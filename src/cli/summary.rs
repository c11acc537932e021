//! What a command that signs has done, as people and as programs read it.

use std::time::Duration;

use indicatif::{FormattedDuration, HumanBytes};
use serde_json::json;

use super::cache::found_line;
use super::growth::Growth;
use super::report::Report;
use super::written::report_voided;
use crate::contents::OtherFiles;
use crate::format::deb::Voided;
use crate::format::plural::count;

/// The numbers of one run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Packages or lists that were signed.
    pub(super) signed: usize,
    pub(super) up_to_date: usize,
    pub(super) failed: usize,
    /// Packages that the key was not there for any more.
    pub(super) left: usize,
    /// Entries of the lists that were made.
    pub(super) files: usize,
    pub(super) made: usize,
    pub(super) kept: usize,
    /// How many of those that were made came from a cache.
    pub(super) cached: usize,
    /// Bytes of what was signed.
    pub(super) read: u64,
    pub(super) growth: Growth,
    /// Void signatures of whole packages, and what became of them.
    pub(super) voided: (usize, Voided),
    /// What was removed, and what that is called.
    pub(super) removed: (usize, &'static str),
    pub(super) left_out: OtherFiles,
    pub(super) time: Duration,
}

impl Summary {
    /// Prints it: as one object, or as lines that leave out what did not happen. What is to be done about void signatures is said
    /// in any case.
    pub(super) fn print(&self, json: bool, report: &mut Report) {
        let (voided, voided_are) = self.voided;
        if !json || voided_are == Voided::Keep {
            report_voided(voided, voided_are, report);
        }
        match json {
            true => report.json(&self.as_json()),
            false => self.lines().iter().for_each(|line| report.line(line)),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.signed > 0 {
            lines.push(format!(
                "signed {}: {}, {} made, {} kept",
                count(self.signed, "package"),
                count(self.files, "file"),
                count(self.made, "signature"),
                self.kept,
            ));
            lines.push(self.costs());
        }
        if self.up_to_date > 0 {
            lines.push(format!("{} up to date", count(self.up_to_date, "package")));
        }
        if !self.left_out.is_empty() {
            lines.push(format!("left out: {}", self.left_out));
        }
        if let (number @ 1.., what) = self.removed {
            lines.push(format!("removed {}", count(number, what)));
        }
        lines.extend(found_line(self.cached));
        lines
    }

    fn costs(&self) -> String {
        let read = format!("read {} in {}", HumanBytes(self.read), duration(self.time));
        match self.growth.packages {
            0 => read,
            _ => format!("{read}; lists: {}", self.growth),
        }
    }

    fn as_json(&self) -> serde_json::Value {
        json!({
            "signed": self.signed,
            "up_to_date": self.up_to_date,
            "failed": self.failed,
            "left": self.left,
            "files": self.files,
            "signatures_made": self.made,
            "signatures_kept": self.kept,
            "signatures_cached": self.cached,
            "bytes_read": self.read,
            "package_bytes": self.growth.packages,
            "list_bytes": self.growth.lists,
            "growth_percent": self.growth.percent(),
            "void_signatures": self.voided.0,
            "removed": self.removed.0,
            "seconds": self.time.as_secs_f64(),
        })
    }
}

/// Tenths of a second as long as they count, and then hours, minutes and seconds.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        _ => FormattedDuration(time).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_told() {
        assert_eq!(Summary::default().lines(), [""; 0]);
        let some = Summary {
            signed: 2,
            files: 3,
            made: 1,
            kept: 1,
            read: 2048,
            time: Duration::from_millis(1234),
            removed: (1, "list"),
            ..Summary::default()
        };
        let signed = "signed 2 packages: 3 files, 1 signature made, 1 kept";
        let costs = "read 2.00 KiB in 1.2 s";
        assert_eq!(some.lines(), [signed, costs, "removed 1 list"]);
    }

    #[test]
    fn time_is_told_as_it_counts() {
        for (seconds, told) in [(0.04, "0.0 s"), (59.94, "59.9 s"), (3723.0, "01:02:03")] {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), told);
        }
    }
}
