//! The number of files by verdict. Pure.

use std::collections::BTreeMap;
use std::fmt;

use crate::format::plural::count;
use crate::labelling::Verdict;

/// Numbers of files by the verdict's name: verdicts about different keys count as one.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    pub(super) fn add(&mut self, verdict: Verdict) {
        *self.0.entry(verdict.name()).or_default() += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, verdict: &str) -> bool {
        self.0.contains_key(verdict)
    }

    pub(super) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// Each verdict with its number, such as `3 good, 1 missing`.
    pub(super) fn each(&self) -> String {
        let each = self.0.iter().map(|(name, count)| format!("{count} {name}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&count(self.total(), "file"))?;
        if self.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.each())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_counted() {
        let mut counts = Counts::default();
        assert_eq!(counts.to_string(), "0 files");
        counts.add(Verdict::Unsigned);
        assert_eq!(counts.to_string(), "1 file: 1 unsigned");
        counts.add(Verdict::Good);
        counts.add(Verdict::Unsigned);
        assert_eq!(counts.to_string(), "3 files: 1 good, 2 unsigned");
        assert!(counts.has("good") && !counts.has("missing"));
    }
}
