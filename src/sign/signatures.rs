//! The signatures of one package: each digest once, kept or made.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::imasigs::List;
use crate::keys::{KeyError, Signer};
use crate::signature::{Digest, Signature};

/// What became of the digests so far. Shared with the pool's threads.
#[derive(Default)]
pub(super) struct Signatures {
    known: Mutex<HashMap<Digest, Result<Signature, KeyError>>>,
}

impl Signatures {
    /// Signs a digest and remembers the outcome.
    pub(super) fn sign(&self, signer: &dyn Signer, digest: Digest) {
        let signature = signer.sign(&digest);
        self.lock().insert(digest, signature);
    }

    /// All that was made.
    ///
    /// # Errors
    /// The first failure of the key.
    pub(super) fn into_known(self) -> Result<HashMap<Digest, Signature>, KeyError> {
        let known = self.known.into_inner();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let pair = |(digest, signature): (Digest, Result<_, _>)| Ok((digest, signature?));
        known.into_iter().map(pair).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Result<Signature, KeyError>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides, digest by digest, what has to be signed. Only the walking thread has it.
pub(super) struct Planner<'a> {
    signer: &'a dyn Signer,
    old: HashMap<Digest, &'a Signature>,
    seen: HashSet<Digest>,
    /// Signatures of the old list that stay.
    pub(super) kept: HashMap<Digest, Signature>,
}

impl<'a> Planner<'a> {
    /// `old` is the list that the package has already.
    pub(super) fn new(signer: &'a dyn Signer, old: &'a List) -> Self {
        let ours = old
            .entries()
            .iter()
            .filter(|entry| entry.signature.key_id == signer.key_id());
        Self {
            signer,
            old: ours.map(|entry| (entry.digest, &entry.signature)).collect(),
            seen: HashSet::new(),
            kept: HashMap::new(),
        }
    }

    /// Whether that digest has to be signed: the first time it is met, unless this key signed it
    /// already. Keeping that signature gives the same bytes again with ECDSA too, and spares a token.
    pub(super) fn must_sign(&mut self, digest: Digest) -> bool {
        if !self.seen.insert(digest) {
            return false;
        }
        match self.old.get(&digest) {
            Some(signature) if self.signer.verifies(signature, &digest) => {
                self.kept.insert(digest, (*signature).clone());
                false
            }
            _ => true,
        }
    }
}
