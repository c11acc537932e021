//! How many files and packages depend on each key. Pure.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use crate::dpkg::PackageName;
use crate::format::ima::KeyId;
use crate::format::plural::count;
use crate::labelling::LabelKey;

/// Most keys that are told apart: a key id is a claim, and a list can name very many.
const KEYS_MAX: usize = 256;

/// Files by the keys that their labels name. Holds the names of packages, and of files only numbers.
#[derive(Clone, Debug, Default)]
pub struct Dependents {
    by_key: BTreeMap<KeyId, KeyDependents>,
    beyond: usize,
    without: usize,
}

/// What depends on one key.
#[derive(Clone, Debug, Default)]
pub struct KeyDependents {
    /// Files whose labels verify under it; files that nobody verified count here too.
    pub files: Share,
    /// Files whose labels name it and do not verify, as it is not held or did not make them.
    pub claimed: Share,
}

/// A number of files, and the packages that they are of. Prints such as `3 files of 1 package`.
#[derive(Clone, Debug, Default)]
pub struct Share {
    /// How many files; one with several names counts as often.
    pub files: usize,
    packages: HashSet<PackageName>,
}

impl Share {
    /// How many packages the files are of; files of no package are of none.
    #[must_use]
    pub fn packages(&self) -> usize {
        self.packages.len()
    }

    fn add(&mut self, package: Option<&PackageName>) {
        self.files += 1;
        if let Some(package) = package.filter(|package| !self.packages.contains(*package)) {
            self.packages.insert(package.clone());
        }
    }

    fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.packages.extend(other.packages);
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = count(self.files, "file");
        write!(f, "{files} of {}", count(self.packages(), "package"))
    }
}

impl Dependents {
    /// Counts a file of that package, whose label names that key; none if it has no signature.
    pub fn add(&mut self, key: Option<LabelKey>, package: Option<&PackageName>) {
        let Some(key) = key else {
            self.without += 1;
            return;
        };
        match self.of(key.id) {
            Some(of) if key.verifies => of.files.add(package),
            Some(of) => of.claimed.add(package),
            None => self.beyond += 1,
        }
    }

    fn of(&mut self, key: KeyId) -> Option<&mut KeyDependents> {
        let room = self.by_key.len() < KEYS_MAX || self.by_key.contains_key(&key);
        room.then(|| self.by_key.entry(key).or_default())
    }

    /// Adds what another thread has counted.
    pub fn merge(&mut self, other: Self) {
        for (key, counted) in other.by_key {
            match self.of(key) {
                Some(of) => {
                    of.files.merge(counted.files);
                    of.claimed.merge(counted.claimed);
                }
                None => self.beyond += counted.files.files + counted.claimed.files,
            }
        }
        self.beyond += other.beyond;
        self.without += other.without;
    }

    /// What depends on that key; none if nothing does.
    #[must_use]
    pub fn get(&self, key: KeyId) -> Option<&KeyDependents> {
        self.by_key.get(&key)
    }

    /// Each key that labels name, by its id.
    pub fn iter(&self) -> impl Iterator<Item = (KeyId, &KeyDependents)> {
        self.by_key.iter().map(|(key, of)| (*key, of))
    }

    /// How many files name keys beyond the first 256, which are not told apart.
    #[must_use]
    pub const fn beyond(&self) -> usize {
        self.beyond
    }

    /// How many files have no signature.
    #[must_use]
    pub const fn without(&self) -> usize {
        self.without
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: u32, verifies: bool) -> Option<LabelKey> {
        let id = KeyId(id);
        Some(LabelKey { id, verifies })
    }

    #[test]
    fn files_and_packages_are_counted_by_key_and_by_what_verifies() {
        let [a, b] = ["a", "b"].map(|name| PackageName::new(name).unwrap());
        let mut first = Dependents::default();
        first.add(key(1, true), Some(&a));
        first.add(key(1, true), Some(&a));
        first.add(key(1, false), None);
        first.add(None, Some(&a));
        let mut second = Dependents::default();
        second.add(key(1, true), Some(&b));
        second.add(key(2, false), Some(&b));
        first.merge(second);
        let numbers = |share: &Share| (share.files, share.packages());
        let all: Vec<_> = first
            .iter()
            .map(|(key, of)| (key.0, numbers(&of.files), numbers(&of.claimed)))
            .collect();
        assert_eq!(all, [(1, (3, 2), (1, 0)), (2, (0, 0), (1, 1))]);
        assert_eq!((first.without(), first.beyond()), (1, 0));
    }

    #[test]
    fn keys_that_are_claimed_take_bounded_room() {
        let mut many = Dependents::default();
        let keys = u32::try_from(KEYS_MAX).unwrap() + 3;
        (0..keys).for_each(|id| many.add(key(id, false), None));
        many.add(key(0, false), None);
        assert_eq!((many.iter().count(), many.beyond()), (KEYS_MAX, 3));
        let mut sum = Dependents::default();
        sum.add(key(keys, true), None);
        sum.merge(many);
        assert_eq!((sum.iter().count(), sum.beyond()), (KEYS_MAX, 4));
    }
}
