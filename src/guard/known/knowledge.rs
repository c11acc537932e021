//! The signatures that the guard knows now. Replaced whole, so that a reader never waits for long.

use std::sync::{Arc, RwLock};

use nix::sys::stat::FileStat;

use super::unpacking::{Origin, Unpacking};
use crate::dpkg::{Database, PackageName};
use crate::format::imasigs::{Entry, List};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Builder, KnownSignature, Segment, Store, Verifying};

/// What is known, in parts that change at different times.
#[derive(Debug)]
struct Sources {
    /// What the store on disk holds.
    installed: Store,
    /// From .debs that apt is about to unpack.
    announced: Vec<Arc<Segment>>,
    /// From packages that dpkg is unpacking.
    unpacking: Unpacking,
    held: HeldKeys,
}

/// What a reader works with: it stays as it is while it is held.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) store: Store,
    pub(crate) held: Arc<HeldKeys>,
}

/// All that is known.
#[derive(Debug)]
pub(crate) struct Knowledge {
    root: Root,
    parts: RwLock<Sources>,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Knowledge {
    pub(crate) fn new(root: Root, installed: Store, held: HeldKeys) -> Self {
        let parts = Sources {
            installed,
            announced: Vec::new(),
            unpacking: Unpacking::default(),
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
    pub(crate) const fn root(&self) -> &Root {
        &self.root
    }

    /// What is known at this moment.
    pub(crate) fn now(&self) -> Arc<Snapshot> {
        Arc::clone(
            &self
                .snapshot
                .read()
                .expect("no holder panics: panic is abort"),
        )
    }

    /// Opens the store anew. Lists of packages that were being unpacked are forgotten as far as they are in it by
    /// now, whoever changed it; all others stay.
    ///
    /// # Errors
    /// If the store cannot be read; then all is as it was.
    pub(crate) fn open_store_anew(&self) -> Result<(), SystemError> {
        let installed = Store::open(&self.root)?;
        let held = HeldKeys::of_this_machine(&self.root);
        let device = Database::new(&self.root).device()?;
        self.change(|parts| {
            parts.unpacking.forget_installed(&installed, device);
            parts.installed = installed;
            parts.held = held;
        });
        Ok(())
    }

    /// Adds the lists of .debs that are about to be unpacked.
    pub(crate) fn announce(&self, segment: Arc<Segment>) {
        self.change(|parts| parts.announced.push(segment));
    }

    /// Adds the list of the package being unpacked, which was read from that file; whether that taught us
    /// anything.
    pub(crate) fn take_list(&self, list: &List, status: &FileStat) -> bool {
        let origin = Origin::from(status);
        let (known, has) = {
            let parts = self.parts.read().expect("no holder panics: panic is abort");
            let announced = knows(list, |entry| parts.announced_for(entry));
            (self.now(), announced || parts.unpacking.has(origin))
        };
        if has {
            return false;
        }
        // The store may lose a list while its package is being unpacked: one from before the last two.
        let is_known = knows(list, |entry| {
            known.store.signatures_of(entry.size, &entry.digest)
        });
        let mut builder = Builder::default();
        builder.add_list(&PackageName::unpacking(), origin.stamp, list);
        for forged in builder.settle(&known.store, &known.held, Verifying::Competing) {
            log::warn!("{forged}");
        }
        self.change(|parts| parts.unpacking.add(origin, builder));
        !is_known
    }

    fn change(&self, change: impl FnOnce(&mut Sources)) {
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

impl Sources {
    fn snapshot(&self) -> Snapshot {
        let mut store = self.installed.clone();
        for segment in self.announced.iter().chain(self.unpacking.segments()) {
            store.push(Arc::clone(segment));
        }
        Snapshot {
            store,
            held: Arc::new(self.held.clone()),
        }
    }

    fn announced_for(&self, entry: &Entry) -> Vec<KnownSignature> {
        let segments = self.announced.iter();
        segments
            .flat_map(|segment| segment.signatures_of(entry.size, &entry.digest))
            .collect()
    }
}

/// Whether each signature of the list is among those found for its content.
fn knows(list: &List, find: impl Fn(&Entry) -> Vec<KnownSignature>) -> bool {
    list.entries().iter().all(|entry| {
        let found = find(entry);
        found
            .iter()
            .any(|candidate| candidate.signature == entry.signature)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
    use crate::format::package_path::PackagePath;
    use crate::signatures::learn;
    use std::fs;
    use std::path::PathBuf;

    /// A root in which dpkg works, and a guard of it.
    struct Guard {
        knowledge: Knowledge,
        folder: tempfile::TempDir,
    }

    impl Guard {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            for made in ["info", "tmp.ci"] {
                fs::create_dir_all(folder.path().join("var/lib/dpkg").join(made)).unwrap();
            }
            let root = Root::open(folder.path()).unwrap();
            let knowledge = Knowledge::new(root, Store::default(), HeldKeys::default());
            Self { knowledge, folder }
        }

        fn at(&self, path: &str) -> PathBuf {
            self.folder.path().join("var/lib/dpkg").join(path)
        }

        /// Writes a list; its file's status.
        fn write(&self, path: &str, content: &str) -> FileStat {
            let mut text = Vec::new();
            list(content).write_to(&mut text).unwrap();
            fs::write(self.at(path), text).unwrap();
            nix::sys::stat::stat(&self.at(path)).unwrap()
        }

        /// dpkg extracts that list; whether it taught us anything.
        fn unpack(&self, content: &str) -> bool {
            let status = self.write("tmp.ci/imasigs", content);
            self.knowledge.take_list(&list(content), &status)
        }

        /// All lists are taken into the store, and the guard is told.
        fn learn(&self) {
            learn(self.knowledge.root(), &HeldKeys::default()).unwrap();
            self.knowledge.open_store_anew().unwrap();
        }

        fn knows(&self, content: &str) -> bool {
            let digest = Digest::of(HashAlgorithm::Sha256, content.as_bytes());
            let store = &self.knowledge.now().store;
            !store
                .signatures_of(content.len() as u64, &digest)
                .is_empty()
        }

        fn unpacking(&self) -> usize {
            let parts = self.knowledge.parts.read().unwrap();
            parts.unpacking.segments().count()
        }
    }

    fn list(content: &str) -> List {
        let algorithm = HashAlgorithm::Sha256;
        List::new(vec![Entry {
            path: PackagePath::new(b"x").unwrap(),
            size: content.len() as u64,
            digest: Digest::of(algorithm, content.as_bytes()),
            signature: Signature::new(algorithm, KeyId(1), content.as_bytes()).unwrap(),
            unknown: None,
        }])
    }

    /// `relabel` and sweeps change the store while dpkg unpacks.
    #[test]
    fn what_is_being_unpacked_is_known_whatever_happens_to_the_store() {
        let guard = Guard::new();
        guard.write("info/other.imasigs", "other");
        assert!(guard.unpack("new"));
        assert!(guard.knows("new") && !guard.knows("other"));
        guard.knowledge.open_store_anew().unwrap();
        assert!(guard.knows("new"));
        guard.learn();
        assert!(guard.knows("new") && guard.knows("other"));
        // The sweep has read it where dpkg unpacks; that is not for long.
        fs::remove_dir_all(guard.folder.path().join("var/lib/dpkg-ima")).unwrap();
        guard.knowledge.open_store_anew().unwrap();
        assert!(guard.knows("new") && !guard.knows("other"));
    }

    #[test]
    fn what_was_unpacked_is_forgotten_when_it_is_in_the_store() {
        let guard = Guard::new();
        guard.unpack("new");
        fs::rename(guard.at("tmp.ci/imasigs"), guard.at("info/p.imasigs")).unwrap();
        guard.knowledge.open_store_anew().unwrap();
        assert_eq!(guard.unpacking(), 1, "nobody has taken it in");
        guard.learn();
        assert_eq!(guard.unpacking(), 0);
        assert!(guard.knows("new"));
    }

    /// A downgrade: the store knows the list from before, and may lose it.
    #[test]
    fn a_list_that_the_store_knows_is_kept_too() {
        let guard = Guard::new();
        guard.write("info/p.imasigs", "old");
        guard.learn();
        assert!(!guard.unpack("old"), "it teaches nothing");
        fs::remove_dir_all(guard.folder.path().join("var/lib/dpkg-ima")).unwrap();
        guard.knowledge.open_store_anew().unwrap();
        assert!(guard.knows("old"));
    }

    #[test]
    fn a_list_is_taken_once_and_not_if_it_was_announced() {
        let guard = Guard::new();
        assert!(guard.unpack("new"));
        let again = nix::sys::stat::stat(&guard.at("tmp.ci/imasigs")).unwrap();
        assert!(!guard.knowledge.take_list(&list("new"), &again));
        assert_eq!(guard.unpacking(), 1);
        let mut builder = Builder::default();
        let package = PackageName::new("p").unwrap();
        builder.add_list(&package, crate::dpkg::Stamp::default(), &list("announced"));
        let segment = Segment::from_bytes(builder.build()).unwrap();
        guard.knowledge.announce(Arc::new(segment));
        assert!(guard.knows("announced"));
        assert!(!guard.unpack("announced"));
        assert_eq!(guard.unpacking(), 1);
    }

    #[test]
    fn a_snapshot_stays_as_it_is() {
        let guard = Guard::new();
        let before = guard.knowledge.now();
        guard.unpack("new");
        assert!(before.store.is_empty() && guard.knows("new"));
    }
}
