//! The log of a sweep, and the packages that it finds outdone.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::dpkg::PackageName;
use crate::format::imasigs::Entry;
use crate::keys::held::HeldKeys;
use crate::labelling::{FileDone, FileOutcome, Progress, SourceError};
use crate::machine::error::{SystemError, shown};
use crate::signatures::Store;

/// Logs the events of a sweep.
pub(super) struct SweepLog<'a> {
    store: &'a Store,
    held: &'a HeldKeys,
    /// Other packages, whose files may have a worse label than a new list has.
    outdone: Mutex<BTreeSet<PackageName>>,
}

impl<'a> SweepLog<'a> {
    pub(super) fn new(store: &'a Store, held: &'a HeldKeys) -> Self {
        Self {
            store,
            held,
            outdone: Mutex::default(),
        }
    }

    pub(super) fn outdone(&self) -> BTreeSet<PackageName> {
        let outdone = self.outdone.lock();
        outdone.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Progress for SweepLog<'_> {
    /// Notes the packages with another signature for the same content, as this one may be better.
    fn entry(&self, entry: &Entry) {
        let (size, digest, signature) = (entry.size, &entry.digest, &entry.signature);
        if !self.held.holds(signature.key_id)
            || !self.store.may_be_contested(size, digest, signature)
        {
            return;
        }
        let known = self.store.signatures_of(size, digest);
        // A signature that is forged is not in the store.
        if known.iter().any(|known| known.signature == *signature) {
            let others = known
                .into_iter()
                .filter(|other| other.signature != *signature);
            let mut outdone = self.outdone.lock().unwrap_or_else(PoisonError::into_inner);
            outdone.extend(others.map(|other| other.package));
        }
    }

    fn file(&self, file: &FileDone<'_>) {
        let (path, package) = (shown(file.path), file.package);
        match file.outcome {
            FileOutcome::Labelled => log::debug!("labelled '{path}'"),
            FileOutcome::Forged => log::warn!(
                "'{path}' gets no label: the signature of package {package} is forged or damaged"
            ),
            FileOutcome::Altered => {
                log::warn!("'{path}' is not what its package installed, and gets no label")
            }
            FileOutcome::Revoked => {
                log::info!("'{path}' gets no label: the key of package {package} was revoked")
            }
            FileOutcome::ChangedConffile => log::info!("'{path}' was changed, and gets no label"),
            FileOutcome::Good
            | FileOutcome::Kept
            | FileOutcome::Missing
            | FileOutcome::Excluded => {}
        }
    }

    fn failure(&self, error: &SystemError) {
        log::warn!("{error}");
    }

    fn bad_list(&self, package: &PackageName, error: &SourceError) {
        log::warn!("the files of package {package} are not labelled: {error}");
    }
}
