//! The signatures that the guard knows now.
//!
//! Changes are rare and reads are part of every open, so a change makes a new [`Snapshot`] and puts it in place of
//! the old one; who reads holds on to the snapshot that it got. Two locks: `sources` is taken before `snapshot` and
//! held while a new snapshot is made, so that changes do not overtake each other; `snapshot` is held only for the
//! moment of the exchange, so that the event reader never waits for a change.

use std::sync::{Arc, RwLock};

use nix::sys::stat::FileStat;

use super::unpacking::{Origin, Unpacking};
use crate::dpkg::{Database, PackageName};
use crate::format::imasigs::{Entry, List};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Builder, KnownSignature, Segment, Store, Verifying};

/// Why a lock is never poisoned.
const NO_POISON: &str = "no holder panics: panic is abort";

/// The sources of what is known, which change at different times.
#[derive(Debug)]
struct Sources {
    installed: Store,
    announced: Vec<Arc<Segment>>,
    unpacking: Unpacking,
    held: Arc<HeldKeys>,
}

/// What is known at one moment; never changes. Two are the same only if nothing changed in between (`Arc::ptr_eq`).
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) store: Store,
    pub(crate) held: Arc<HeldKeys>,
}

/// All that is known, shared by the threads.
#[derive(Debug)]
pub(crate) struct Knowledge {
    root: Root,
    sources: RwLock<Sources>,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Knowledge {
    pub(crate) fn new(root: Root, installed: Store, held: HeldKeys) -> Self {
        let sources = Sources {
            installed,
            announced: Vec::new(),
            unpacking: Unpacking::default(),
            held: Arc::new(held),
        };
        Self {
            root,
            snapshot: RwLock::new(Arc::new(sources.snapshot())),
            sources: RwLock::new(sources),
        }
    }

    /// The root of the store.
    pub(crate) const fn root(&self) -> &Root {
        &self.root
    }

    pub(crate) fn now(&self) -> Arc<Snapshot> {
        let snapshot = self.snapshot.read().expect(NO_POISON);
        Arc::clone(&snapshot)
    }

    /// Opens the store anew, and reads the keys again. Lists of packages that were being unpacked are dropped if the
    /// store has them now; all others are kept.
    ///
    /// # Errors
    /// If the store cannot be read; nothing has changed then.
    pub(crate) fn open_store_anew(&self) -> Result<(), SystemError> {
        let installed = Store::open(&self.root)?;
        let held = HeldKeys::of_this_machine(&self.root);
        let device = Database::new(&self.root).device()?;
        self.change(|sources| {
            sources.unpacking.forget_installed(&installed, device);
            sources.installed = installed;
            sources.held = Arc::new(held);
        });
        Ok(())
    }

    /// Adds the signatures of .debs that are about to be unpacked.
    pub(crate) fn announce(&self, segment: Arc<Segment>) {
        self.change(|sources| sources.announced.push(segment));
    }

    /// Adds the list of the package that is being unpacked, read from a file with that status. Returns whether it
    /// holds a signature that was not known; false for a list that was taken before, or whose signatures were all
    /// announced.
    pub(crate) fn take_list(&self, list: &List, status: &FileStat) -> bool {
        let origin = Origin::from(status);
        let (known, has) = {
            let sources = self.sources.read().expect(NO_POISON);
            let announced = knows(list, |entry| sources.announced_for(entry));
            (self.now(), announced || sources.unpacking.has(origin))
        };
        if has {
            return false;
        }
        // Added even if it is known: a merge of the store keeps the two newest lists of a package, and may drop this
        // one, known from an older installation, while its package is being unpacked.
        let is_known = knows(list, |entry| {
            known.store.signatures_of(entry.size, &entry.digest)
        });
        let mut builder = Builder::default();
        builder.add_list(&PackageName::unpacking(), origin.stamp, list);
        for forged in builder.settle(&known.store, &known.held, Verifying::Competing) {
            log::warn!("{forged}");
        }
        self.change(|sources| sources.unpacking.add(origin, builder));
        !is_known
    }

    fn change(&self, change: impl FnOnce(&mut Sources)) {
        let mut sources = self.sources.write().expect(NO_POISON);
        change(&mut sources);
        let snapshot = Arc::new(sources.snapshot());
        // The old one is dropped after the lock: that may unmap a large file.
        let _old = std::mem::replace(&mut *self.snapshot.write().expect(NO_POISON), snapshot);
    }
}

impl Sources {
    fn snapshot(&self) -> Snapshot {
        let mut store = self.installed.clone();
        for segment in self.announced.iter().chain(self.unpacking.segments()) {
            store.push(Arc::clone(segment));
        }
        let held = Arc::clone(&self.held);
        Snapshot { store, held }
    }

    fn announced_for(&self, entry: &Entry) -> Vec<KnownSignature> {
        let segments = self.announced.iter();
        segments
            .flat_map(|segment| segment.signatures_of(entry.size, &entry.digest))
            .collect()
    }
}

/// Whether each signature of the list is among those that `find` returns for its content.
fn knows(list: &List, find: impl Fn(&Entry) -> Vec<KnownSignature>) -> bool {
    list.entries().iter().all(|entry| {
        let found = find(entry);
        found.iter().any(|known| known.signature == entry.signature)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::{Digest, HashAlgorithm};
    use crate::format::imasigs::sample;
    use crate::signatures::learn;
    use std::fs;
    use std::path::PathBuf;

    /// A root in which dpkg works, and a guard of it.
    struct GuardedRoot {
        knowledge: Knowledge,
        folder: tempfile::TempDir,
    }

    impl GuardedRoot {
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

        /// dpkg extracts a list; whether it was new.
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
            let sources = self.knowledge.sources.read().unwrap();
            sources.unpacking.segments().count()
        }
    }

    fn list(content: &str) -> List {
        List::new(vec![sample::entry("x", content.as_bytes(), 1)])
    }

    /// `relabel` and sweeps change the store while dpkg unpacks.
    #[test]
    fn what_is_being_unpacked_is_known_whatever_happens_to_the_store() {
        let guard = GuardedRoot::new();
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
        let guard = GuardedRoot::new();
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
        let guard = GuardedRoot::new();
        guard.write("info/p.imasigs", "old");
        guard.learn();
        assert!(!guard.unpack("old"), "it teaches nothing");
        fs::remove_dir_all(guard.folder.path().join("var/lib/dpkg-ima")).unwrap();
        guard.knowledge.open_store_anew().unwrap();
        assert!(guard.knows("old"));
    }

    #[test]
    fn a_list_is_taken_once_and_not_if_it_was_announced() {
        let guard = GuardedRoot::new();
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
        let guard = GuardedRoot::new();
        let before = guard.knowledge.now();
        guard.unpack("new");
        assert!(before.store.is_empty() && guard.knows("new"));
    }
}
