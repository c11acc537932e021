//! The segments of a machine, as files: `/var/lib/dpkg-ima/signatures.N`.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::{Builder, KNOWN_SIGNATURES_MAX, KnownSignature, Lock, STATE, Segment};
use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::machine::error::{SystemError, shown};
use crate::machine::folder::{Folder, UNFINISHED};
use crate::machine::root::Root;

/// How segments are named, followed by a number.
const PREFIX: &str = "signatures.";
/// More segments than this are merged into one.
pub(super) const SEGMENTS_MAX: usize = 16;
/// How many lists of one package are kept when segments are merged: the one in force, and the one
/// before it, whose scripts a rolled back upgrade runs again.
const GENERATIONS: usize = 2;
/// How often a store that is being merged is read anew. A merge removes its files within milliseconds, and the
/// next one is many sweeps away.
const OPEN_TRIES: usize = 100;
/// How long to wait between two tries.
const OPEN_PAUSE: Duration = Duration::from_millis(1);

/// All that is known, from however many segments.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// With their numbers; those that are not part of the store on disk have none.
    segments: Vec<(Option<u64>, Arc<Segment>)>,
    /// Names of files in its folder that are of no use: damaged, or never finished.
    useless: Vec<String>,
    /// The highest number in use there, be it of a damaged segment.
    last: Option<u64>,
}

impl Store {
    /// Opens the segments of that root, with the lock or without. A damaged one is passed over: what it held
    /// will be read again from dpkg's `info` folder.
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

    /// None if a segment went away since the folder was listed: another has its signatures by now, which the
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
                Opened::Segment(segment) => store.segments.push((Some(number), Arc::new(segment))),
                Opened::Gone => return Ok(None),
                Opened::Damaged => {
                    let path = folder.path().join(&*name);
                    log::warn!("'{}' is damaged and not used", shown(&path));
                    store.useless.push(name.into_owned());
                }
            }
        }
        store.segments.sort_by_key(|(number, _)| *number);
        Ok(Some(store))
    }

    /// Removes what is of no use. Whoever holds the lock knows that nobody is still writing it.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn tidy(&mut self, lock: &Lock) -> Result<(), SystemError> {
        let mut useless = self.useless.drain(..);
        useless.try_for_each(|name| lock.folder().remove(&name))
    }

    /// The lists that were taken into the store.
    #[must_use]
    pub fn lists(&self) -> HashSet<(&PackageName, Stamp)> {
        let segments = self.segments.iter();
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

    /// What lists have for that content: at most [`KNOWN_SIGNATURES_MAX`] signatures, those that were verified first.
    #[must_use]
    pub fn signatures_of(&self, size: u64, digest: &Digest) -> Vec<KnownSignature> {
        let segments = self.segments.iter();
        let found = segments.flat_map(|(_, segment)| segment.signatures_of(size, digest));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|known| !known.verified);
        found.truncate(KNOWN_SIGNATURES_MAX);
        found
    }

    /// Whether lists have another signature for that content than the one of that value.
    #[must_use]
    pub fn has_other(&self, size: u64, digest: &Digest, value: &[u8]) -> bool {
        let mut segments = self.segments.iter();
        segments.any(|(_, segment)| segment.has_other(size, digest, value))
    }

    /// Whether lists may have another signature for that content than this one: for the same digest, or for a content of
    /// that size by another algorithm, which may be the same.
    #[must_use]
    pub fn may_be_contested(&self, size: u64, digest: &Digest, signature: &Signature) -> bool {
        let mut algorithms = self.algorithms_of(size);
        algorithms.any(|algorithm| algorithm != digest.algorithm())
            || self.has_other(size, digest, &signature.to_bytes())
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

    /// Adds a segment to this store, not to the one on disk.
    pub fn push(&mut self, segment: Arc<Segment>) {
        self.segments.push((None, segment));
    }

    /// Writes a segment to disk, for the next run. It is not added to this store, which was opened under that
    /// lock.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn save(&self, lock: &Lock, segment: &[u8]) -> Result<(), SystemError> {
        let number = self.last.map_or(0, |last| last.saturating_add(1));
        lock.folder().replace(&name_of(number), segment)
    }

    /// Whether there are so many segments on disk that they should be merged.
    #[must_use]
    pub fn wants_merging(&self) -> bool {
        let on_disk = self.segments.iter().filter(|(number, _)| number.is_some());
        on_disk.count() > SEGMENTS_MAX
    }

    /// Merges the segments on disk into one, without the lists of packages that are gone and all but
    /// the two newest lists of each. This store was opened under that lock.
    ///
    /// The merged segment takes the place of the last one, and the others are removed once that is on disk: so
    /// whoever reads meanwhile finds all of the old ones, or the merged one, or that one is gone.
    ///
    /// # Errors
    /// If the merged segment cannot be written, then all is as it was; or if another cannot be removed.
    pub fn merge(
        &self,
        lock: &Lock,
        keep: impl Fn(&PackageName) -> bool,
    ) -> Result<(), SystemError> {
        let kept = self.newest_lists(keep);
        let mut builder = Builder::default();
        for (package, stamps) in &kept {
            stamps
                .iter()
                .for_each(|stamp| builder.add_name(package, *stamp));
        }
        let on_disk = self
            .segments
            .iter()
            .filter_map(|(number, segment)| Some(((*number)?, segment)));
        for (size, digest, found) in on_disk.clone().flat_map(|(_, segment)| segment.all()) {
            let stamps = kept.get(&found.package);
            if stamps.is_some_and(|stamps| stamps.contains(&found.stamp)) {
                builder.add(size, digest, &found);
            }
        }
        let mut merged: Vec<u64> = on_disk.map(|(number, _)| number).collect();
        let Some(last) = merged.pop() else {
            return self.save(lock, &builder.build());
        };
        lock.folder().replace(&name_of(last), &builder.build())?;
        let mut others = merged.into_iter();
        others.try_for_each(|number| lock.folder().remove(&name_of(number)))
    }

    fn newest_lists(
        &self,
        keep: impl Fn(&PackageName) -> bool,
    ) -> BTreeMap<PackageName, Vec<Stamp>> {
        let mut newest: BTreeMap<PackageName, Vec<Stamp>> = BTreeMap::new();
        for (package, stamp) in self
            .segments
            .iter()
            .flat_map(|(_, segment)| segment.lists())
        {
            newest.entry(package.clone()).or_default().push(*stamp);
        }
        newest.retain(|package, _| keep(package));
        for stamps in newest.values_mut() {
            stamps.sort();
            stamps.dedup();
            stamps.drain(..stamps.len().saturating_sub(GENERATIONS));
        }
        newest
    }
}

fn name_of(number: u64) -> String {
    format!("{PREFIX}{number}")
}

/// None for what is no segment's name, such as one with a leading zero.
fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_prefix(PREFIX)?.parse().ok()?;
    (name_of(number) == name).then_some(number)
}

/// What came of opening a segment.
#[derive(Debug)]
pub(super) enum Opened {
    /// It is this.
    Segment(Segment),
    /// It is none.
    Damaged,
    /// Nothing of that name is there.
    Gone,
}

/// Maps a segment.
pub(super) fn open_segment(folder: &Folder, name: &str) -> Result<Opened, SystemError> {
    let Some(file) = folder.open_file(name)? else {
        return Ok(Opened::Gone);
    };
    let path = folder.path().join(name);
    let metadata = file.metadata().map_err(SystemError::at("stat", &path))?;
    if metadata.len() == 0 || !metadata.is_file() {
        return Ok(Opened::Damaged);
    }
    let map = crate::machine::sys::map(&file).map_err(SystemError::at("map", &path))?;
    let segment = Segment::from_map(map);
    Ok(segment.map_or(Opened::Damaged, Opened::Segment))
}
