//! Where in the file of a cache the signatures of one key are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::CacheError;
use super::record_file::RecordFile;
use crate::format::ima::Digest;
use crate::format::signature_record::{
    PublicKeyHash, RECORD_LEN, SignatureName, SignatureRecord, hash_of_public_key,
};
use crate::machine::error::SystemError;
use crate::machine::warn_once::warn_once;

/// Most signatures in a file, which has 565 MB then; a new one takes the place of the oldest. That is 13 for each
/// package of Debian 13. Their places take 18 MB of memory.
pub(super) const SIGNATURES_MAX: usize = 900_000;

/// The signatures of one key that were made before. Several threads may use it; another process that opens the same file
/// is refused.
pub struct SignatureCache {
    key: PublicKeyHash,
    path: PathBuf,
    file: RecordFile,
    slots_max: usize,
    places: Mutex<Places>,
    damaged: usize,
}

#[derive(Default)]
struct Places {
    /// The slot of a digest, by its first bytes: of digests that share those the last counts.
    slots: HashMap<u64, usize>,
    /// The slot of the next record, and its number.
    next: usize,
    number: u64,
    /// Whether a write has failed, so that no more is tried.
    is_full: bool,
}

impl SignatureCache {
    /// Opens the cache in that file, or makes it, for the key with that [public key](crate::keys::signing::Signer::public_key). All
    /// of the file is read. What is damaged in it is dropped.
    ///
    /// # Errors
    /// If it is of no use, or cannot be trusted to be as some run of ours left it.
    pub fn open(path: &Path, public_key: &[u8]) -> Result<Self, CacheError> {
        Self::open_within(path, public_key, SIGNATURES_MAX)
    }

    /// [`Self::open`], with another limit than [`SIGNATURES_MAX`].
    pub(super) fn open_within(
        path: &Path,
        public_key: &[u8],
        slots_max: usize,
    ) -> Result<Self, CacheError> {
        let key = hash_of_public_key(public_key);
        let file = RecordFile::open(path, slots_max)?;
        let mut places = Places::default();
        let mut damaged = Vec::new();
        let read = file.each(|slot, bytes| match SignatureRecord::from_bytes(bytes) {
            Ok(Some(record)) => places.add(slot, &record, &key, slots_max),
            Ok(None) => {}
            Err(_) => damaged.push(slot),
        });
        read.map_err(SystemError::at("read", path))?;
        for slot in &damaged {
            // Told of once, and not with each run.
            let emptied = file.write(*slot, &[0; RECORD_LEN]);
            emptied.map_err(SystemError::at("write", path))?;
        }
        Ok(Self {
            key,
            path: path.to_owned(),
            damaged: damaged.len() + usize::from(file.was_cut),
            file,
            slots_max,
            places: Mutex::new(places),
        })
    }

    /// How many records were damaged when it was opened.
    #[must_use]
    pub const fn damaged(&self) -> usize {
        self.damaged
    }

    /// The payload of the signature over that digest, as the file claims; none if it has none.
    pub fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        let slot = *self.places().slots.get(&start(digest))?;
        let record = SignatureRecord::from_bytes(&self.file.read(slot).ok()?).ok()??;
        (record.name == self.name(digest)).then_some(record.payload)
    }

    /// Keeps the payload of a signature. If that fails, a warning says so once, and the cache takes no more.
    pub fn put(&self, digest: &Digest, payload: Vec<u8>) {
        let mut places = self.places();
        if places.is_full {
            return;
        }
        let record = SignatureRecord {
            number: places.number,
            name: self.name(digest),
            payload,
        };
        let Some(bytes) = record.to_bytes() else {
            return;
        };
        self.forget(&mut places);
        let slot = places.next;
        match self.file.write(slot, &bytes) {
            Ok(()) => places.add(slot, &record, &self.key, self.slots_max),
            Err(error) => {
                places.is_full = true;
                warn_once(SystemError::at("write", &self.path)(error));
            }
        }
    }

    /// Forgets the record that the next one takes the place of, so that no more places are held than there are.
    fn forget(&self, places: &mut Places) {
        let old = self.file.read(places.next);
        if let Ok(Ok(Some(old))) = old.map(|old| SignatureRecord::from_bytes(&old)) {
            let start = start(&old.name.digest);
            if places.slots.get(&start) == Some(&places.next) {
                places.slots.remove(&start);
            }
        }
    }

    /// The file, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    const fn name(&self, digest: &Digest) -> SignatureName {
        SignatureName {
            key: self.key,
            digest: *digest,
        }
    }

    /// A thread that panics leaves them whole.
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// Takes note of a record. The next one goes behind the newest: in a full file there is the oldest.
    fn add(&mut self, slot: usize, record: &SignatureRecord, key: &PublicKeyHash, slots: usize) {
        if record.number >= self.number {
            self.number = record.number.saturating_add(1);
            self.next = (slot + 1) % slots;
        }
        if record.name.key == *key {
            self.slots.insert(start(&record.name.digest), slot);
        }
    }
}

/// The first bytes of a digest.
fn start(digest: &Digest) -> u64 {
    let bytes = digest.as_bytes().first_chunk();
    bytes.copied().map_or(0, u64::from_be_bytes)
}
