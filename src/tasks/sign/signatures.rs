//! The signatures of one package: each digest is signed once, or keeps the signature that it has.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::format::ima::{Digest, Signature};
use crate::format::imasigs::Entry;
use crate::keys::signing::{KeyError, Signer};

/// The signatures that rayon's threads have made so far.
#[derive(Default)]
pub(super) struct Signatures {
    made: Mutex<HashMap<Digest, Signature>>,
    failure: Mutex<Option<KeyError>>,
}

impl Signatures {
    /// Signs a digest and keeps the signature, or the error. No signature is kept that does not verify. After an error the
    /// key is not asked for more: the package will not be signed.
    pub(super) fn sign(&self, signer: &dyn Signer, digest: Digest) {
        if lock(&self.failure).is_some() {
            return;
        }
        match signer.sign_verified(&digest) {
            Ok(signature) => drop(lock(&self.made).insert(digest, signature)),
            Err(error) => drop(lock(&self.failure).get_or_insert(error)),
        }
    }

    /// All signatures that were made.
    ///
    /// # Errors
    /// The first failure of the key.
    pub(super) fn into_made(self) -> Result<HashMap<Digest, Signature>, KeyError> {
        let failure = self.failure.into_inner();
        match failure.unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(self
                .made
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// A thread that panics leaves the value whole, since it is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Decides for each digest whether it has to be signed. Used by the walking thread only.
pub(super) struct Planner<'a> {
    pub(super) signer: &'a dyn Signer,
    old: HashMap<Digest, Signature>,
    seen: HashSet<Digest>,
    /// Signatures of the old list that are kept.
    pub(super) kept: HashMap<Digest, Signature>,
}

impl<'a> Planner<'a> {
    /// `old` are the entries of lists that there are for the package.
    pub(super) fn new(signer: &'a dyn Signer, old: impl IntoIterator<Item = Entry>) -> Self {
        let key_id = signer.key_id();
        let ours = old
            .into_iter()
            .filter(|entry| entry.signature.key_id == key_id);
        Self {
            signer,
            old: ours.map(|entry| (entry.digest, entry.signature)).collect(),
            seen: HashSet::new(),
            kept: HashMap::new(),
        }
    }

    /// Whether the digest has to be signed: when it is met for the first time, unless the old list has a signature of this
    /// key that verifies. Keeping it gives the same bytes again with ECDSA too, and spares a token the work.
    pub(super) fn must_sign(&mut self, digest: Digest) -> bool {
        if !self.seen.insert(digest) {
            return false;
        }
        match self.old.remove(&digest) {
            Some(signature) if self.signer.verifies(&signature, &digest) => {
                self.kept.insert(digest, signature);
                false
            }
            _ => true,
        }
    }
}
