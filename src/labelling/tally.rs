//! The results of labelling, added up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::outcome::FileOutcome;
use super::request::Mode;
use super::trouble::Trouble;
use crate::dpkg::PackageName;
use crate::format::ima::KeyId;
use crate::machine::attribute::WriteError;

/// Signatures of a package that fail under a key that is held, met where they compete with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgery {
    /// How many files they are for.
    pub files: usize,
    /// One of them, as people outside the root name it.
    pub example: PathBuf,
}

/// What came of the files of some packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files by what came of them.
    pub outcomes: BTreeMap<FileOutcome, usize>,
    /// What kept files from their labels, once for each filesystem.
    pub troubles: BTreeMap<(u64, WriteError), Trouble>,
    /// Forged signatures, by whose list has them and the key that they name.
    pub forgeries: BTreeMap<(PackageName, KeyId), Forgery>,
    /// Files that could not be looked at.
    pub failures: usize,
    /// Lists that could not be used.
    pub bad_lists: usize,
    /// Packages that are to be tried again.
    pub unfinished: BTreeSet<PackageName>,
}

impl Tally {
    /// How many files came out like that.
    #[must_use]
    pub fn count(&self, outcome: FileOutcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// How many files are on filesystems that have no security attributes.
    #[must_use]
    pub fn unsupported(&self) -> usize {
        let troubles = self.troubles.values();
        troubles
            .filter(|trouble| trouble.error == WriteError::Unsupported)
            .map(|trouble| trouble.files)
            .sum()
    }

    /// How many files should have a label, could have one, and have none.
    #[must_use]
    pub fn failed(&self) -> usize {
        let troubles: usize = self.troubles.values().map(|trouble| trouble.files).sum();
        self.failures + troubles - self.unsupported()
    }

    /// Such as `12 files: 9 labelled, 2 good, 1 altered`.
    #[must_use]
    pub fn summary(&self, mode: Mode) -> String {
        let total: usize = self.outcomes.values().sum();
        let part = |(outcome, count): (&FileOutcome, &usize)| match (mode, outcome) {
            (Mode::Plan, FileOutcome::Labelled) => format!("{count} to label"),
            _ => format!("{count} {}", outcome.name()),
        };
        let parts: Vec<_> = self.outcomes.iter().map(part).collect();
        let end = if total == 1 { "" } else { "s" };
        match parts.is_empty() {
            true => "no file to label".to_owned(),
            false => format!("{total} file{end}: {}", parts.join(", ")),
        }
    }

    pub(super) fn add(&mut self, outcome: FileOutcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    pub(super) fn add_trouble(&mut self, device: u64, error: WriteError, example: PathBuf) {
        let none = Trouble {
            error,
            files: 0,
            example,
        };
        let trouble = self.troubles.entry((device, error)).or_insert(none);
        trouble.files += 1;
    }

    pub(super) fn add_forgery(&mut self, package: PackageName, key: KeyId, example: PathBuf) {
        let none = Forgery { files: 0, example };
        self.forgeries.entry((package, key)).or_insert(none).files += 1;
    }

    /// Adds what another thread, or a later run, did.
    pub fn merge(&mut self, other: Self) {
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (key, trouble) in other.troubles {
            match self.troubles.get_mut(&key) {
                Some(known) => known.files += trouble.files,
                None => drop(self.troubles.insert(key, trouble)),
            }
        }
        for (key, forgery) in other.forgeries {
            match self.forgeries.get_mut(&key) {
                Some(known) => known.files += forgery.files,
                None => drop(self.forgeries.insert(key, forgery)),
            }
        }
        self.failures += other.failures;
        self.bad_lists += other.bad_lists;
        self.unfinished.extend(other.unfinished);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_add_up() {
        let mut sum = Tally::default();
        for example in ["/a", "/b"] {
            let mut tally = Tally::default();
            tally.add(FileOutcome::Labelled);
            tally.add_trouble(1, WriteError::ReadOnly, example.into());
            tally.add_trouble(2, WriteError::Unsupported, example.into());
            sum.merge(tally);
        }
        assert_eq!(sum.count(FileOutcome::Labelled), 2);
        assert_eq!((sum.failed(), sum.unsupported()), (2, 2));
        let trouble = &sum.troubles[&(1, WriteError::ReadOnly)];
        assert_eq!((trouble.files, trouble.example.to_str()), (2, Some("/a")));
    }
}
