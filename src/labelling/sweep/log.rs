//! The log of a sweep, and the packages that it finds outdone.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::dpkg::PackageName;
use crate::format::ima::Signature;
use crate::format::imasigs::FileEntries;
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
    /// Notes the packages with another signature for the same content, as one of these may be better.
    fn listed(&self, listed: FileEntries<'_>) {
        let signatures = listed.iter().map(|entry| &entry.signature);
        let mut held = signatures.clone();
        if !held.any(|signature| self.held.holds(signature.key_id))
            || !self.store.may_be_contested(listed)
        {
            return;
        }
        let (size, digest) = (listed.first.size, &listed.first.digest);
        let known = self.store.signatures_of(size, digest);
        let is_listed = |signature: &Signature| signatures.clone().any(|own| own == signature);
        // A signature that is forged is not in the store.
        let is_better =
            |signature: &Signature| self.held.holds(signature.key_id) && is_listed(signature);
        if known.iter().any(|known| is_better(&known.signature)) {
            let others = known
                .into_iter()
                .filter(|other| !is_listed(&other.signature));
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
