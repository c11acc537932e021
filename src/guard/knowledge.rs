//! The signatures that the guard knows now. Replaced whole, so that a reader never waits for long.

use std::sync::{Arc, RwLock};

use crate::dpkg::{PackageName, Stamp};
use crate::imasigs::List;
use crate::keyring::HeldKeys;
use crate::root::Root;
use crate::store::{Builder, Segment, Store, Verifying};
use crate::system::SystemError;

/// More lists than this from packages being unpacked are merged, to keep searches short.
const UNPACKING_MAX: usize = 16;

/// What is known, in parts that change at different times.
#[derive(Debug)]
struct Parts {
    /// What the store on disk holds.
    installed: Store,
    /// From .debs that apt is about to unpack.
    announced: Vec<Arc<Segment>>,
    /// From packages that dpkg is unpacking.
    unpacking: Vec<Arc<Segment>>,
    held: HeldKeys,
}

/// What a reader works with: it stays as it is while it is held.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) store: Store,
    pub(super) held: Arc<HeldKeys>,
}

/// All that is known.
#[derive(Debug)]
pub(super) struct Knowledge {
    root: Root,
    parts: RwLock<Parts>,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Knowledge {
    pub(super) fn new(root: Root, installed: Store, held: HeldKeys) -> Self {
        let parts = Parts {
            installed,
            announced: Vec::new(),
            unpacking: Vec::new(),
            held,
        };
        let snapshot = RwLock::new(Arc::new(parts.snapshot()));
        let parts = RwLock::new(parts);
        Self {
            root,
            parts,
            snapshot,
        }
    }

    /// The root whose store this is.
    pub(super) const fn root(&self) -> &Root {
        &self.root
    }

    /// What is known at this moment.
    pub(super) fn now(&self) -> Arc<Snapshot> {
        Arc::clone(
            &self
                .snapshot
                .read()
                .expect("no holder panics: panic is abort"),
        )
    }

    /// Opens the store anew, after a sweep. What was being unpacked is in it by now.
    pub(super) fn reload(&self) -> Result<(), SystemError> {
        let installed = Store::open(&self.root)?;
        let held = HeldKeys::of_this_machine(&self.root);
        self.change(|parts| {
            parts.installed = installed;
            parts.held = held;
            parts.unpacking.clear();
        });
        Ok(())
    }

    /// Adds the lists of .debs that are about to be unpacked.
    pub(super) fn announce(&self, segment: Arc<Segment>) {
        self.change(|parts| parts.announced.push(segment));
    }

    /// Adds the list of the package being unpacked; whether that taught us anything.
    pub(super) fn take_list(&self, list: &List, stamp: Stamp) -> bool {
        let known = self.now();
        let is_known = list.entries().iter().all(|entry| {
            let candidates = known.store.candidates(entry.size, &entry.digest);
            candidates
                .iter()
                .any(|found| found.signature == entry.signature)
        });
        if is_known {
            return false;
        }
        let package = PackageName::unpacking();
        let mut builder = Builder::default();
        builder.add_list(&package, stamp, list);
        for forged in builder.settle(&known.store, &known.held, Verifying::Competing) {
            log::warn!("{forged}");
        }
        let segment = Segment::from_bytes(builder.build()).expect("what we build we can read");
        self.change(|parts| {
            parts.unpacking.push(Arc::new(segment));
            parts.merge_unpacking();
        });
        true
    }

    fn change(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = self
            .parts
            .write()
            .expect("no holder panics: panic is abort");
        change(&mut parts);
        let snapshot = Arc::new(parts.snapshot());
        *self
            .snapshot
            .write()
            .expect("no holder panics: panic is abort") = snapshot;
    }
}

impl Parts {
    fn snapshot(&self) -> Snapshot {
        let mut store = self.installed.clone();
        for segment in self.announced.iter().chain(&self.unpacking) {
            store.push(Arc::clone(segment));
        }
        Snapshot {
            store,
            held: Arc::new(self.held.clone()),
        }
    }

    fn merge_unpacking(&mut self) {
        if self.unpacking.len() <= UNPACKING_MAX {
            return;
        }
        let mut builder = Builder::default();
        for (size, digest, found) in self.unpacking.iter().flat_map(|segment| segment.all()) {
            builder.add(size, digest, &found);
        }
        let merged = Segment::from_bytes(builder.build()).expect("what we build we can read");
        self.unpacking = vec![Arc::new(merged)];
    }
}
