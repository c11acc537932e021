//! The keys that are held, and what they say of a signature.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::asked::Asked;
use super::key::Key;
use super::private::PrivateKeyring;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature, certificates_in, key_id_of};
use crate::keys::certificates::certificate_files;
use crate::keys::ima_keyring::{KernelKey, members};
use crate::machine::error::shown;
use crate::machine::root::Root;

/// Whether the key that a signature names made it over that digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Authenticity {
    /// It did.
    Genuine,
    /// The key is held, and did not: forged, damaged, or over another content.
    Forged,
    /// The key is not held, or nobody here can verify by it.
    Unknown,
}

/// Verifies where the kernel cannot.
pub trait Verify: Send + Sync {
    /// What it can tell.
    fn verify(&self, signature: &Signature, digest: &Digest) -> Authenticity;
}

/// The keys that a signature can be verified with on this machine. Cheap to clone; all threads may use it that the
/// thread which made it starts afterwards.
#[derive(Clone, Default)]
pub struct HeldKeys(Arc<Inner>);

#[derive(Default)]
struct Inner {
    ids: HashSet<KeyId>,
    /// The kernel's, with what IMA itself has before what came from certificates.
    keys: HashMap<KeyId, [Vec<Key>; 2]>,
    _keyring: Option<PrivateKeyring>,
    beyond: Option<Box<dyn Verify>>,
    asked: Asked,
    verifications: AtomicU64,
}

impl HeldKeys {
    /// The keys in the keyring that the running kernel verifies with, or, where that is not filled yet, those of the
    /// certificates that will be loaded into it.
    #[must_use]
    pub fn of_this_machine(root: &Root) -> Self {
        let members = members().map(|(_, keys)| keys).unwrap_or_else(|error| {
            log::debug!("{error}");
            Vec::new()
        });
        match members.is_empty() {
            true => Self::of_certificates(root),
            false => Self::of_members(&members, &certificates(root)),
        }
    }

    /// The keys of this machine, or those of a root that is not running.
    #[must_use]
    pub fn of_system(root: &Root) -> Self {
        if root.is_running_system() {
            Self::of_this_machine(root)
        } else {
            Self::of_certificates(root)
        }
    }

    /// The keys of the certificates in `/etc/keys/ima` of that root, for a system that is not
    /// running. A file that is no certificate is passed over.
    #[must_use]
    pub fn of_certificates(root: &Root) -> Self {
        Self::of(certificates(root))
    }

    pub(super) fn of(certificates: Vec<Certificate>) -> Self {
        let mut inner = Inner::default();
        inner.ids.extend(certificates.iter().map(|(id, _)| *id));
        inner.load(&certificates);
        Self(Arc::new(inner))
    }

    /// Those keys, and for what the kernel does not verify by them, the certificates of the same ids.
    pub(super) fn of_members(members: &[KernelKey], certificates: &[Certificate]) -> Self {
        let mut inner = Inner::default();
        for key in members {
            inner.ids.insert(key.key_id);
            inner.add(key, 0);
        }
        let needed = certificates.iter().filter(|(id, _)| inner.lacks(*id));
        let needed: Vec<_> = needed.cloned().collect();
        inner.load(&needed);
        Self(Arc::new(inner))
    }

    /// The same keys, with somebody who verifies by those of them that the kernel cannot use.
    #[must_use]
    pub fn backed_by(self, verify: Box<dyn Verify>) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(mut inner) => {
                inner.beyond = Some(verify);
                Self(Arc::new(inner))
            }
            Err(shared) => Self(shared),
        }
    }

    /// Whether the key that a signature names made it over that digest.
    pub fn verify(&self, signature: &Signature, digest: &Digest) -> Authenticity {
        if !self.holds(signature.key_id) || signature.algorithm != digest.algorithm() {
            return Authenticity::Unknown;
        }
        let ask = || self.0.ask(signature, digest);
        self.0.asked.or_ask(signature, digest, ask)
    }

    /// How many times a signature was verified, rather than taken as it is or remembered.
    #[must_use]
    pub fn verifications(&self) -> u64 {
        self.0.verifications.load(Ordering::Relaxed)
    }

    /// Whether that key is held.
    #[must_use]
    pub fn holds(&self, key: KeyId) -> bool {
        self.0.ids.contains(&key)
    }

    /// Those that the other has not, in order.
    #[must_use]
    pub fn missing_in(&self, other: &Self) -> Vec<KeyId> {
        let mut missing: Vec<_> = self.0.ids.difference(&other.0.ids).copied().collect();
        missing.sort();
        missing
    }

    /// Whether none is held, so that nothing can be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.ids.is_empty()
    }
}

impl Inner {
    fn add(&mut self, key: &KernelKey, rank: usize) {
        let keys = self.keys.entry(key.key_id).or_default();
        keys[rank].push(Key::new(key));
    }

    /// Whether the kernel verifies by none of the keys of that id.
    fn lacks(&self, id: KeyId) -> bool {
        let answers = |key: &Key| key.answers(HashAlgorithm::Sha256);
        let keys = self.keys.get(&id);
        keys.is_some_and(|keys| !keys.iter().flatten().any(answers))
    }

    /// Where that fails, nothing can be told by them.
    fn load(&mut self, certificates: &[Certificate]) {
        if certificates.is_empty() {
            return;
        }
        match PrivateKeyring::load(certificates.iter().map(|(_, der)| der.as_slice())) {
            Ok((keyring, keys)) => {
                keys.iter().for_each(|key| self.add(key, 1));
                self._keyring = Some(keyring);
            }
            Err(error) => log::debug!("the kernel does not verify by certificates: {error}"),
        }
    }

    fn ask(&self, signature: &Signature, digest: &Digest) -> Authenticity {
        self.verifications.fetch_add(1, Ordering::Relaxed);
        for keys in self.keys.get(&signature.key_id).into_iter().flatten() {
            let answers = keys.iter().map(|key| key.verify(signature, digest));
            let answer = joint(answers);
            if answer != Authenticity::Unknown {
                return answer;
            }
        }
        let beyond = self.beyond.as_ref();
        beyond.map_or(Authenticity::Unknown, |beyond| {
            beyond.verify(signature, digest)
        })
    }
}

/// Several keys may share an id: one that made the signature is enough, and only if each can tell that it did not
/// is it forged.
fn joint(answers: impl Iterator<Item = Authenticity>) -> Authenticity {
    let mut joint = None;
    for answer in answers {
        match answer {
            Authenticity::Genuine => return Authenticity::Genuine,
            Authenticity::Unknown => joint = Some(Authenticity::Unknown),
            Authenticity::Forged => joint = joint.or(Some(Authenticity::Forged)),
        }
    }
    joint.unwrap_or(Authenticity::Unknown)
}

/// A certificate's key id, and the certificate in DER.
type Certificate = (KeyId, Vec<u8>);

fn certificates(root: &Root) -> Vec<Certificate> {
    let files = certificate_files(root).unwrap_or_else(|error| {
        log::warn!("{error}");
        Vec::new()
    });
    let mut all = Vec::new();
    for (path, content) in files {
        match content.map(|content| certificates_in(&content)) {
            Ok(Ok(found)) => {
                for der in found {
                    match key_id_of(&der) {
                        Ok(key_id) => all.push((key_id, der)),
                        Err(error) => log::warn!("not used: '{}': {error}", shown(&path)),
                    }
                }
            }
            Ok(Err(error)) => log::warn!("not used: '{}': {error}", shown(&path)),
            Err(error) => log::warn!("{error}"),
        }
    }
    all
}

impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0.ids).finish()
    }
}

/// Keys that are known by id only: nothing is verified by them.
impl FromIterator<KeyId> for HeldKeys {
    fn from_iter<T: IntoIterator<Item = KeyId>>(keys: T) -> Self {
        Self(Arc::new(Inner {
            ids: keys.into_iter().collect(),
            ..Inner::default()
        }))
    }
}
