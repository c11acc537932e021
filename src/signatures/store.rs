//! The signatures of a machine: the segments `/var/lib/dpkg-ima/signatures.N`, and those in memory.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::segment_file::{SegmentFile, name_of, number_of, open_segment};
use super::{KNOWN_SIGNATURES_MAX, KnownSignature, Lock, STATE, Segment};
use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::format::imasigs::FileEntries;
use crate::machine::error::{SystemError, shown};
use crate::machine::folder::{Folder, UNFINISHED};
use crate::machine::root::Root;

/// How often a store is read anew that is merged meanwhile. A merge removes its files within milliseconds, and the
/// next one is many sweeps away.
const OPEN_TRIES: usize = 100;
const OPEN_PAUSE: Duration = Duration::from_millis(1);

/// All signatures that are known. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// With their numbers, ascending; then those that are only in memory, which have none.
    pub(super) segments: Vec<(Option<u64>, Arc<Segment>)>,
    /// Names of files in its folder that are of no use: damaged, or never finished.
    useless: Vec<String>,
    /// The highest number in use there, that of a damaged segment too.
    last: Option<u64>,
    /// Whether a segment there is damaged.
    damaged: bool,
}

impl Store {
    /// Opens the segments of that root, with the lock or without. A damaged one is logged and left out, and
    /// [`Self::lists`] is empty then, so all lists will be read again from dpkg's `info` folder.
    ///
    /// # Errors
    /// If the folder is there and cannot be read, or is changed again and again meanwhile.
    pub fn open(root: &Root) -> Result<Self, SystemError> {
        let Some(folder) = root.open_folder(Path::new(STATE))? else {
            return Ok(Self::default());
        };
        for _ in 0..OPEN_TRIES {
            if let Some(store) = Self::read(&folder)? {
                return Ok(store);
            }
            sleep(OPEN_PAUSE);
        }
        let busy = std::io::ErrorKind::ResourceBusy;
        Err(SystemError::at("read", folder.path())(busy))
    }

    /// None if a segment went away since the folder was listed: its signatures are in another by now, which the
    /// listing may lack.
    fn read(folder: &Folder) -> Result<Option<Self>, SystemError> {
        let mut store = Self::default();
        for name in folder.names()? {
            let name = String::from_utf8_lossy(&name);
            if name.ends_with(UNFINISHED) {
                store.useless.push(name.into_owned());
                continue;
            }
            let Some(number) = number_of(&name) else {
                continue;
            };
            store.last = store.last.max(Some(number));
            match open_segment(folder, &name)? {
                SegmentFile::Segment(segment) => {
                    store.segments.push((Some(number), Arc::new(segment)))
                }
                SegmentFile::Gone => return Ok(None),
                SegmentFile::Damaged => {
                    let path = folder.path().join(&*name);
                    log::warn!("'{}' is damaged and not used", shown(&path));
                    store.useless.push(name.into_owned());
                    store.damaged = true;
                }
            }
        }
        store.segments.sort_by_key(|(number, _)| *number);
        Ok(Some(store))
    }

    /// Removes the files that are of no use. The lock says that no other process is still writing one. To be called
    /// after the lists were read again that a damaged segment may have had: without its file nobody knows of them.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn tidy(&mut self, lock: &Lock) -> Result<(), SystemError> {
        let mut useless = self.useless.drain(..);
        useless.try_for_each(|name| lock.folder().remove(&name))
    }

    /// The lists all of whose signatures it holds. None while a segment is damaged: another one may name a list of it
    /// for the sake of a single signature ([`Builder::settle`](super::Builder::settle)).
    #[must_use]
    pub fn lists(&self) -> HashSet<(&PackageName, Stamp)> {
        let segments = self.segments.iter().filter(|_| !self.damaged);
        let lists = segments.flat_map(|(_, segment)| segment.lists());
        lists.map(|(package, stamp)| (package, *stamp)).collect()
    }

    /// By which algorithms contents of that size are signed; none if none is.
    pub fn algorithms_of(&self, size: u64) -> impl Iterator<Item = HashAlgorithm> + '_ {
        HashAlgorithm::ALL.into_iter().filter(move |algorithm| {
            let mut segments = self.segments.iter();
            segments.any(|(_, segment)| segment.algorithms_of(size).any(|of| of == *algorithm))
        })
    }

    /// The signatures of that content: at most [`KNOWN_SIGNATURES_MAX`], those that were verified first.
    #[must_use]
    pub fn signatures_of(&self, size: u64, digest: &Digest) -> Vec<KnownSignature> {
        let segments = self.segments.iter();
        let found = segments.flat_map(|(_, segment)| segment.signatures_of(size, digest));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|known| !known.verified);
        found.truncate(KNOWN_SIGNATURES_MAX);
        found
    }

    /// Whether it has a signature of that content with another value than each of these.
    #[must_use]
    pub fn has_other(&self, size: u64, digest: &Digest, values: &[impl AsRef<[u8]>]) -> bool {
        let mut segments = self.segments.iter();
        segments.any(|(_, segment)| segment.has_other(size, digest, values))
    }

    /// Whether it may have another signature of the content that a list names than the list has: for the same digest, or for
    /// a digest by another algorithm of a content of that size, which may be the same content.
    #[must_use]
    pub fn may_be_contested(&self, listed: FileEntries<'_>) -> bool {
        let (size, digest) = (listed.first.size, &listed.first.digest);
        let mut algorithms = self.algorithms_of(size);
        let values = || -> Vec<_> {
            let signatures = listed.iter().map(|entry| &entry.signature);
            signatures.map(Signature::to_bytes).collect()
        };
        algorithms.any(|algorithm| algorithm != digest.algorithm())
            || self.has_other(size, digest, &values())
    }

    /// How many signatures it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.iter().map(|(_, segment)| segment.len()).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a segment in memory; nothing is written.
    pub fn push(&mut self, segment: Arc<Segment>) {
        self.segments.push((None, segment));
    }

    /// Writes a segment to disk, for the next [`Self::open`]; this store, which was opened under that lock, does not
    /// have it.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn save(&self, lock: &Lock, segment: &[u8]) -> Result<(), SystemError> {
        let number = self.last.map_or(0, |last| last.saturating_add(1));
        lock.folder().replace(&name_of(number), segment)
    }
}
