//! The results of labelling, added up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::outcome::FileOutcome;
use super::request::Mode;
use super::trouble::{Affected, Trouble};
use crate::dpkg::PackageName;
use crate::format::ima::KeyId;
use crate::format::plural::count;
use crate::machine::attribute::WriteError;

/// The results of labelling the files of some packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    outcomes: BTreeMap<FileOutcome, usize>,
    /// By the device of the filesystem and the kernel's answer.
    troubles: BTreeMap<(u64, WriteError), Affected>,
    /// Files for which a package's list has a signature that fails under a key that is held, by the package and the key
    /// that the signature names.
    pub forgeries: BTreeMap<(PackageName, KeyId), Affected>,
    /// The number of files that could not be read.
    pub failures: usize,
    /// The number of lists that could not be used.
    pub bad_lists: usize,
    /// Packages with files that another try may label.
    pub unfinished: BTreeSet<PackageName>,
}

impl Tally {
    /// The number of files with that outcome.
    #[must_use]
    pub fn count(&self, outcome: FileOutcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// The files whose labels could not be written, for each filesystem and answer of the kernel.
    pub fn troubles(&self) -> impl Iterator<Item = Trouble<'_>> {
        let troubles = self.troubles.iter();
        troubles.map(|(&(_, error), affected)| Trouble { error, affected })
    }

    /// The number of files on filesystems that have no security attributes.
    #[must_use]
    pub fn unsupported(&self) -> usize {
        let troubles = self.troubles();
        let unsupported = troubles.filter(|trouble| trouble.error == WriteError::Unsupported);
        unsupported.map(|trouble| trouble.affected.files).sum()
    }

    /// The number of files that should have a label, could have one, and have none.
    #[must_use]
    pub fn failed(&self) -> usize {
        let troubles: usize = self.troubles().map(|trouble| trouble.affected.files).sum();
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
        match parts.is_empty() {
            true => "no file to label".to_owned(),
            false => format!("{}: {}", count(total, "file"), parts.join(", ")),
        }
    }

    pub(super) fn add(&mut self, outcome: FileOutcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    pub(super) fn add_trouble(&mut self, device: u64, error: WriteError, example: PathBuf) {
        let affected = Affected { files: 1, example };
        add_affected(&mut self.troubles, (device, error), affected);
    }

    pub(super) fn add_forgery(&mut self, package: PackageName, key: KeyId, example: PathBuf) {
        let affected = Affected { files: 1, example };
        add_affected(&mut self.forgeries, (package, key), affected);
    }

    /// Adds the results of another thread, or of a later run.
    pub fn merge(&mut self, other: Self) {
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (key, affected) in other.troubles {
            add_affected(&mut self.troubles, key, affected);
        }
        for (key, affected) in other.forgeries {
            add_affected(&mut self.forgeries, key, affected);
        }
        self.failures += other.failures;
        self.bad_lists += other.bad_lists;
        self.unfinished.extend(other.unfinished);
    }
}

/// The first example stays.
fn add_affected<K: Ord>(all: &mut BTreeMap<K, Affected>, key: K, affected: Affected) {
    let Affected { files, example } = affected;
    let known = all.entry(key).or_insert(Affected { files: 0, example });
    known.files += files;
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
