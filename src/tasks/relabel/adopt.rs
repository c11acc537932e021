//! Puts the lists that came from .debs where dpkg would have put them.
//!
//! dpkg treats them as its own from then on: it replaces them when the package is upgraded, and removes them
//! with it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::relabelled::Relabelled;
use super::skipped::{Skip, Skipped};
use crate::dpkg::{Database, PackageName};
use crate::format::ima::KeyId;
use crate::format::imasigs::{Entry, MEMBER};
use crate::keys::held::HeldKeys;
use crate::labelling::{DebList, FileDone, PackageList, Progress, Remark, SourceError};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Keeps a list once its package's files were labelled; passes on what happens.
pub(super) struct Adopting<'a> {
    root: &'a Root,
    held: &'a HeldKeys,
    progress: &'a dyn Progress,
    dry_run: bool,
    adopted: AtomicUsize,
    failures: AtomicUsize,
    skipped: Mutex<Vec<Skipped>>,
    unheld: Mutex<BTreeSet<KeyId>>,
}

impl<'a> Adopting<'a> {
    pub(super) fn new(
        root: &'a Root,
        held: &'a HeldKeys,
        progress: &'a dyn Progress,
        dry_run: bool,
    ) -> Self {
        Self {
            root,
            held,
            progress,
            dry_run,
            adopted: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            skipped: Mutex::default(),
            unheld: Mutex::default(),
        }
    }

    pub(super) fn finish(self, relabelled: &mut Relabelled) {
        relabelled.adopted = self.adopted.into_inner();
        relabelled.tally.failures += self.failures.into_inner();
        let unheld = self.unheld.into_inner();
        relabelled.unheld = unheld.unwrap_or_else(PoisonError::into_inner);
        let skipped = self.skipped.into_inner();
        for skipped in skipped.unwrap_or_else(PoisonError::into_inner) {
            if let Skip::AnotherBuild(package) = &skipped.why {
                relabelled.unsigned.insert(package.clone());
            }
            relabelled.skipped.push(skipped);
        }
    }

    fn adopt(&self, list: &PackageList<'_>, from: &DebList) {
        let package = list.package();
        if list.matching() == 0 && !list.is_empty() {
            let (deb, why) = (from.deb.clone(), Skip::AnotherBuild(package.clone()));
            let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
            skipped.push(Skipped { deb, why });
            return;
        }
        let kept = if self.dry_run {
            Ok(())
        } else {
            self.keep(package, &from.bytes)
        };
        match kept {
            Ok(()) => drop(self.adopted.fetch_add(1, Ordering::Relaxed)),
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                self.progress.failure(&error);
            }
        }
    }

    fn keep(&self, package: &PackageName, list: &[u8]) -> Result<(), SystemError> {
        Database::new(self.root).add_member(package, MEMBER, list)
    }
}

impl Progress for Adopting<'_> {
    fn entry(&self, entry: &Entry) {
        let key = entry.signature.key_id;
        if !self.held.holds(key) {
            let mut unheld = self.unheld.lock().unwrap_or_else(PoisonError::into_inner);
            unheld.insert(key);
        }
        self.progress.entry(entry);
    }

    fn file(&self, file: &FileDone<'_>) {
        self.progress.file(file);
    }

    fn remark(&self, path: &Path, remark: &Remark) {
        self.progress.remark(path, remark);
    }

    fn failure(&self, error: &SystemError) {
        self.progress.failure(error);
    }

    fn bad_list(&self, package: &PackageName, error: &SourceError) {
        self.progress.bad_list(package, error);
    }

    fn package(&self, list: &PackageList<'_>) {
        if let Some(from) = list.from_deb() {
            self.adopt(list, from);
        }
        self.progress.package(list);
    }
}
