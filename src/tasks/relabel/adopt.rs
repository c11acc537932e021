//! Adopts lists of .debs: puts them where dpkg would have put them.
//!
//! dpkg then treats such a list as its own: it replaces the list when the package is upgraded, and removes it with the
//! package.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::relabelled::Relabelled;
use super::skipped::{SkipReason, SkippedDeb};
use crate::dpkg::{Database, PackageName};
use crate::format::ima::KeyId;
use crate::format::imasigs::{FileEntries, MEMBER};
use crate::keys::held::HeldKeys;
use crate::labelling::{DebList, FileDone, Mode, PackageList, Progress, Remark, SourceError};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Adopts a list when its package's files are labelled, so that a run that is killed before does it again. Passes all
/// events on.
pub(super) struct Adopting<'a> {
    root: &'a Root,
    held: &'a HeldKeys,
    progress: &'a dyn Progress,
    mode: Mode,
    adopted: AtomicUsize,
    failures: AtomicUsize,
    skipped: Mutex<Vec<SkippedDeb>>,
    unheld: Mutex<BTreeSet<KeyId>>,
    revoked: Mutex<BTreeSet<KeyId>>,
}

impl<'a> Adopting<'a> {
    pub(super) fn new(
        root: &'a Root,
        held: &'a HeldKeys,
        progress: &'a dyn Progress,
        mode: Mode,
    ) -> Self {
        Self {
            root,
            held,
            progress,
            mode,
            adopted: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            skipped: Mutex::default(),
            unheld: Mutex::default(),
            revoked: Mutex::default(),
        }
    }

    pub(super) fn finish(self, relabelled: &mut Relabelled) {
        relabelled.adopted = self.adopted.into_inner();
        relabelled.tally.failures += self.failures.into_inner();
        let unheld = self.unheld.into_inner();
        relabelled.unheld = unheld.unwrap_or_else(PoisonError::into_inner);
        let revoked = self.revoked.into_inner();
        relabelled.revoked = revoked.unwrap_or_else(PoisonError::into_inner);
        let skipped = self.skipped.into_inner();
        for skipped in skipped.unwrap_or_else(PoisonError::into_inner) {
            if let SkipReason::AnotherBuild(package) = &skipped.why {
                relabelled.unsigned.insert(package.clone());
            }
            relabelled.skipped.push(skipped);
        }
    }

    fn adopt(&self, list: &PackageList<'_>, from: &DebList) {
        let package = list.package();
        if list.matching() == 0 && !list.is_empty() {
            let (deb, why) = (from.deb.clone(), SkipReason::AnotherBuild(package.clone()));
            let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
            skipped.push(SkippedDeb { deb, why });
            return;
        }
        let kept = match self.mode {
            Mode::Plan => Ok(()),
            Mode::Write => Database::new(self.root).add_member(package, MEMBER, &from.bytes),
        };
        match kept {
            Ok(()) => drop(self.adopted.fetch_add(1, Ordering::Relaxed)),
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                self.progress.failure(&error);
            }
        }
    }
}

impl Progress for Adopting<'_> {
    /// Notes the keys of a file that no key which is held has signed.
    fn listed(&self, listed: FileEntries<'_>) {
        let keys = listed.iter().map(|entry| entry.signature.key_id);
        if !keys.clone().any(|key| self.held.holds(key)) {
            for key in keys {
                let noted = match self.held.is_revoked(key) {
                    true => &self.revoked,
                    false => &self.unheld,
                };
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                noted.insert(key);
            }
        }
        self.progress.listed(listed);
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
