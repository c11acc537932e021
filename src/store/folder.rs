//! The segments of a machine, as files: `/var/lib/dpkg-ima/signatures.N`.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::Mode;

use super::{Builder, Candidate, STATE, Segment};
use crate::dpkg::{PackageName, Stamp};
use crate::folder::{Folder, UNFINISHED};
use crate::root::Root;
use crate::signature::{Digest, HashAlgorithm};
use crate::system::SystemError;

/// How segments are named, followed by a number.
const PREFIX: &str = "signatures.";
/// Held while the store is changed.
const LOCK: &str = "lock";
/// More segments than this are merged into one.
const SEGMENTS_MAX: usize = 16;
/// How many lists of one package are kept when segments are merged: the one in force, and the one
/// before it, whose scripts a rolled back upgrade runs again.
const GENERATIONS: usize = 2;
/// How long to wait for another sweep to end.
const LOCK_WAIT: Duration = Duration::from_secs(20);
/// How often to look meanwhile.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why the store could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Another process holds the lock, for longer than any sweep takes.
    #[error("another dpkg-ima-helper has been changing the store for {} seconds", LOCK_WAIT.as_secs())]
    Busy,
}

/// The right to change the store. Given back when dropped.
#[derive(Debug)]
pub struct Lock {
    folder: Folder,
    _lock: Flock<std::fs::File>,
}

impl Lock {
    /// Makes the state folder if it is not there, and waits for the lock.
    ///
    /// # Errors
    /// If the folder cannot be made, or another process does not let go of it.
    pub fn take(root: &Root) -> Result<Self, StoreError> {
        let folder = root.make_folder(Path::new(STATE), Mode::S_IRWXU)?;
        let mut file = folder.open_or_make(LOCK)?;
        let pauses = LOCK_WAIT.as_millis() / LOCK_PAUSE.as_millis();
        for _ in 0..pauses {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => {
                    return Ok(Self {
                        folder,
                        _lock: lock,
                    });
                }
                Err((back, Errno::EWOULDBLOCK | Errno::EINTR)) => file = back,
                Err((_, error)) => {
                    return Err(SystemError::at("lock", folder.path())(error).into());
                }
            }
            sleep(LOCK_PAUSE);
        }
        Err(StoreError::Busy)
    }

    /// The folder that is locked, for what else is kept in it.
    #[must_use]
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }
}

/// All that is known, from however many segments.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// With their numbers; those that are not part of the store on disk have none.
    segments: Vec<(Option<u64>, Arc<Segment>)>,
    /// Names of files in its folder that are of no use: damaged, or never finished.
    useless: Vec<String>,
}

impl Store {
    /// Opens the segments of that root. A damaged one is passed over: what it held will be read
    /// again from dpkg's `info` folder.
    ///
    /// # Errors
    /// If the folder is there and cannot be read.
    pub fn open(root: &Root) -> Result<Self, SystemError> {
        let mut store = Self::default();
        let Some(folder) = root.open_folder(Path::new(STATE))? else {
            return Ok(store);
        };
        for name in folder.names()? {
            let name = String::from_utf8_lossy(&name);
            if name.ends_with(UNFINISHED) {
                store.useless.push(name.into_owned());
                continue;
            }
            let number = name
                .strip_prefix(PREFIX)
                .and_then(|number| number.parse().ok());
            let Some(number) = number else { continue };
            match open_segment(&folder, &name)? {
                Some(segment) => store.segments.push((Some(number), Arc::new(segment))),
                None => {
                    log::warn!(
                        "'{}/{name}' is damaged and not used",
                        folder.path().display()
                    );
                    store.useless.push(name.into_owned());
                }
            }
        }
        store.segments.sort_by_key(|(number, _)| *number);
        Ok(store)
    }

    /// Removes what is of no use. Whoever holds the lock knows that nobody is still writing it.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn tidy(&mut self, lock: &Lock) -> Result<(), SystemError> {
        let mut useless = self.useless.drain(..);
        useless.try_for_each(|name| lock.folder.remove(&name))
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

    /// What lists have for that content.
    #[must_use]
    pub fn candidates(&self, size: u64, digest: &Digest) -> Vec<Candidate> {
        let segments = self.segments.iter();
        segments
            .flat_map(|(_, segment)| segment.candidates(size, digest))
            .collect()
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

    /// Writes a segment to disk, for the next run. It is not added to this store.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn save(&self, lock: &Lock, segment: &[u8]) -> Result<(), SystemError> {
        let last = self.segments.iter().filter_map(|(number, _)| *number).max();
        let name = format!("{PREFIX}{}", last.map_or(0, |last| last.saturating_add(1)));
        lock.folder.replace(&name, segment)
    }

    /// Whether there are so many segments on disk that they should be merged.
    #[must_use]
    pub fn wants_merging(&self) -> bool {
        let on_disk = self.segments.iter().filter(|(number, _)| number.is_some());
        on_disk.count() > SEGMENTS_MAX
    }

    /// Merges the segments on disk into one, without the lists of packages that are gone and all but
    /// the two newest lists of each.
    ///
    /// # Errors
    /// If the merged segment cannot be written; then all is as it was.
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
                builder.add(
                    (&found.package, found.stamp),
                    size,
                    digest,
                    &found.signature,
                );
            }
        }
        self.save(lock, &builder.build())?;
        for (number, _) in on_disk {
            lock.folder.remove(&format!("{PREFIX}{number}"))?;
        }
        Ok(())
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

/// Maps a segment; none if it is damaged or just went away.
pub(super) fn open_segment(folder: &Folder, name: &str) -> Result<Option<Segment>, SystemError> {
    let Some(file) = folder.open_file(name)? else {
        return Ok(None);
    };
    let path = folder.path().join(name);
    if file
        .metadata()
        .map_err(SystemError::at("stat", &path))?
        .len()
        == 0
    {
        return Ok(None);
    }
    let map = crate::raw::map(&file).map_err(SystemError::at("map", &path))?;
    Ok(Segment::from_map(map).ok())
}
