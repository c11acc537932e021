//! What a sweep says, and what it learns on its way.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::dpkg::PackageName;
use crate::imasigs::Entry;
use crate::keyring::HeldKeys;
use crate::labelling::{Outcome, Seen, SourceError, Watch};
use crate::store::Store;
use crate::system::{SystemError, shown};

/// Writes to the log.
pub(super) struct Log<'a> {
    store: &'a Store,
    held: &'a HeldKeys,
    /// Packages whose files may have a label that the kernel cannot check, although there is one that it can.
    outdone: Mutex<BTreeSet<PackageName>>,
}

impl<'a> Log<'a> {
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

impl Watch for Log<'_> {
    /// Other packages with the same content whose own signatures are by keys that are not held.
    fn entry(&self, entry: &Entry) {
        if !self.held.holds(entry.signature.key_id) {
            return;
        }
        let others = self.store.candidates(entry.size, &entry.digest).into_iter();
        let outdone = others.filter(|other| !self.held.holds(other.signature.key_id));
        let mut known = self.outdone.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(outdone.map(|other| other.package));
    }

    fn file(&self, seen: &Seen<'_>) {
        let (path, package) = (shown(seen.path), seen.package);
        match seen.outcome {
            Outcome::Labelled => log::debug!("labelled '{path}'"),
            Outcome::Foreign => log::info!(
                "'{path}' keeps its label: the kernel does not hold the key of {package}'s"
            ),
            Outcome::Altered => {
                log::warn!("'{path}' is not what its package installed, and gets no label")
            }
            Outcome::ChangedConffile => log::info!("'{path}' was changed, and gets no label"),
            Outcome::Good | Outcome::Missing | Outcome::Excluded => {}
        }
    }

    fn failure(&self, error: &SystemError) {
        log::warn!("{error}");
    }

    fn bad_list(&self, package: &PackageName, error: &SourceError) {
        log::warn!("the files of package {package} are not labelled: {error}");
    }
}
