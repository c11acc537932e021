//! The keys that are held, and their verdict on a signature.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::answers::Answers;
use super::key::Key;
use super::private::PrivateKeyring;
use super::{Authenticity, Verify};
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::keys::certificates::{Certificate, usable_certificates};
use crate::keys::ima_keyring::{KernelKey, members};
use crate::keys::revocations::Revocations;
use crate::machine::content::digest_of;
use crate::machine::root::Root;

/// The keys by which signatures can be verified on this machine. Cheap to clone, and used by many threads: each answer
/// is asked of the kernel once and remembered.
#[derive(Clone, Default)]
pub struct HeldKeys(Arc<Inner>);

#[derive(Default)]
struct Inner {
    ids: HashSet<KeyId>,
    /// Never held, whatever the kernel has.
    revoked: Revocations,
    /// The kernel's: those of the IMA keyring before those of certificates.
    keys: HashMap<KeyId, [Vec<Key>; 2]>,
    _keyring: Option<PrivateKeyring>,
    /// Verifies by those keys that the kernel cannot use.
    backing: Option<Box<dyn Verify>>,
    answers: Answers,
    verifications: AtomicU64,
}

impl HeldKeys {
    /// The keys in the IMA keyring, or, where that is not filled yet, those of the certificates that will be loaded
    /// into it.
    #[must_use]
    pub fn of_this_machine(root: &Root) -> Self {
        let members = members().map(|(_, keys)| keys).unwrap_or_else(|error| {
            log::debug!("{error}");
            Vec::new()
        });
        match members.is_empty() {
            true => Self::of_certificates(root),
            false => Self::of_ima_keyring(&members, root),
        }
    }

    /// The members of the IMA keyring, of which there may be none, whatever certificates that root has.
    #[must_use]
    pub fn of_ima_keyring(members: &[KernelKey], root: &Root) -> Self {
        Self::of_members(members, &certificates(root)).without(Revocations::of(root))
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
    /// running. A file that is no certificate is logged.
    #[must_use]
    pub fn of_certificates(root: &Root) -> Self {
        Self::of(&certificates(root)).without(Revocations::of(root))
    }

    pub(super) fn of(certificates: &[Certificate]) -> Self {
        let mut inner = Inner::default();
        inner.ids.extend(certificates.iter().map(|one| one.key_id));
        inner.load(certificates);
        Self(Arc::new(inner))
    }

    /// The members of the IMA keyring. Where the kernel does not let us use one, it verifies by the certificate of the
    /// same id.
    pub(super) fn of_members(members: &[KernelKey], certificates: &[Certificate]) -> Self {
        let mut inner = Inner::default();
        for key in members {
            inner.ids.insert(key.key_id);
            inner.add(key, 0);
        }
        let needed = certificates.iter().filter(|one| inner.lacks(one.key_id));
        let needed: Vec<_> = needed.cloned().collect();
        inner.load(&needed);
        Self(Arc::new(inner))
    }

    /// The same keys without those, which count as revoked. To be called before the keys are cloned; later it changes
    /// nothing.
    #[must_use]
    pub fn revoking(self, keys: impl IntoIterator<Item = KeyId>) -> Self {
        let mut revoked = self.0.revoked.clone();
        revoked.extend(keys);
        self.without(revoked)
    }

    fn without(self, revoked: Revocations) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(mut inner) => {
                inner.ids.retain(|key| !revoked.contains(*key));
                inner.revoked = revoked;
                Self(Arc::new(inner))
            }
            Err(shared) => Self(shared),
        }
    }

    /// Whether the key was revoked on this machine: no file gets a label that names it.
    #[must_use]
    pub fn is_revoked(&self, key: KeyId) -> bool {
        self.0.revoked.contains(key)
    }

    /// The same keys, with another verifier for those of them that the kernel cannot use. To be called before the keys
    /// are cloned; later it changes nothing.
    #[must_use]
    pub fn backed_by(self, verify: Box<dyn Verify>) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(mut inner) => {
                inner.backing = Some(verify);
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
        self.0.answers.or_ask(signature, digest, ask)
    }

    /// Whether the key that a file's label names made it over the content of the file, as the kernel asks. A file is read
    /// only if that key is held.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn verify_label(&self, label: &Signature, file: &File) -> io::Result<Authenticity> {
        if !self.holds(label.key_id) {
            return Ok(Authenticity::Unknown);
        }
        let digest = digest_of(file, label.algorithm, file.metadata()?.len())?;
        Ok(self.verify(label, &digest))
    }

    /// How many signatures were verified; remembered answers do not count.
    #[must_use]
    pub fn verifications(&self) -> u64 {
        self.0.verifications.load(Ordering::Relaxed)
    }

    /// Whether a key of that id is held.
    #[must_use]
    pub fn holds(&self, key: KeyId) -> bool {
        self.0.ids.contains(&key)
    }

    /// The ids that the other lacks, in order.
    #[must_use]
    pub fn missing_in(&self, other: &Self) -> Vec<KeyId> {
        let mut missing: Vec<_> = self.0.ids.difference(&other.0.ids).copied().collect();
        missing.sort();
        missing
    }

    /// Whether no key is held: every signature is [`Authenticity::Unknown`] then.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.ids.is_empty()
    }
}

impl Inner {
    /// Rank 0 is the IMA keyring's, 1 a certificate's.
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

    /// Where that fails, the kernel verifies nothing by these certificates.
    fn load(&mut self, certificates: &[Certificate]) {
        if certificates.is_empty() {
            return;
        }
        match PrivateKeyring::load(certificates.iter().map(|one| one.der.as_slice())) {
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
            let answer = Authenticity::joint(answers);
            if answer != Authenticity::Unknown {
                return answer;
            }
        }
        let backing = self.backing.as_ref();
        backing.map_or(Authenticity::Unknown, |backing| {
            backing.verify(signature, digest)
        })
    }
}

fn certificates(root: &Root) -> Vec<Certificate> {
    let usable = usable_certificates(root).unwrap_or_else(|error| {
        log::warn!("{error}");
        Vec::new()
    });
    let certificates = usable.into_iter().map(|(_, certificate)| certificate);
    certificates.collect()
}

impl Verify for HeldKeys {
    fn verify(&self, signature: &Signature, digest: &Digest) -> Authenticity {
        self.verify(signature, digest)
    }
}

impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0.ids).finish()
    }
}

/// Keys of which only the ids are known: the kernel verifies nothing by them.
impl FromIterator<KeyId> for HeldKeys {
    fn from_iter<T: IntoIterator<Item = KeyId>>(keys: T) -> Self {
        Self(Arc::new(Inner {
            ids: keys.into_iter().collect(),
            ..Inner::default()
        }))
    }
}
