//! A key that need not sign what it has signed before.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::SignatureCache;
use crate::format::ima::{Digest, KeyId, Signature};
use crate::keys::signing::{KeyError, Signer};
use crate::machine::error::shown;
use crate::machine::warn_once::warn_once;

/// A key behind the cache of its signatures.
pub struct CachedSigner {
    signer: Box<dyn Signer>,
    cache: SignatureCache,
    found: AtomicUsize,
}

impl CachedSigner {
    /// The cache is that of this key's.
    #[must_use]
    pub fn new(signer: Box<dyn Signer>, cache: SignatureCache) -> Self {
        Self {
            signer,
            cache,
            found: AtomicUsize::new(0),
        }
    }

    /// SECURITY: what the cache has is a claim, and counts only if the key has made it.
    fn cached(&self, digest: &Digest) -> Option<Signature> {
        let payload = self.cache.get(digest)?;
        let signature = Signature::new(digest.algorithm(), self.key_id(), &payload).ok()?;
        if self.signer.verifies(&signature, digest) {
            self.found.fetch_add(1, Ordering::Relaxed);
            return Some(signature);
        }
        warn_once(format_args!(
            "the cache '{}' has signatures that do not verify; they are made anew",
            shown(self.cache.path())
        ));
        None
    }
}

impl Signer for CachedSigner {
    fn key_id(&self) -> KeyId {
        self.signer.key_id()
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        self.sign_verified(digest)
    }

    /// Only what was verified is kept, or comes out of the cache.
    fn sign_verified(&self, digest: &Digest) -> Result<Signature, KeyError> {
        if let Some(signature) = self.cached(digest) {
            return Ok(signature);
        }
        let signature = self.signer.sign_verified(digest)?;
        self.cache.put(digest, signature.payload().to_vec());
        Ok(signature)
    }

    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.signer.public_key()
    }

    fn found(&self) -> usize {
        self.found.load(Ordering::Relaxed)
    }

    fn lies_open(&self) -> bool {
        self.signer.lies_open()
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.signer.verifies(signature, digest)
    }
}
