//! What a key says of a signature.

use crate::format::ima::{Digest, Signature};

/// Whether the key that a signature names made it over that digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Authenticity {
    /// The key is held, and made it.
    Genuine,
    /// The key is held, and did not: forged, damaged, or over another content.
    Forged,
    /// The key is not held, or nothing here can verify by it.
    Unknown,
}

impl Authenticity {
    /// Of several keys that share an id, one that made the signature is enough, and it is forged only if each of them
    /// can tell that it did not make it.
    pub(super) fn joint(answers: impl Iterator<Item = Self>) -> Self {
        let mut joint = None;
        for answer in answers {
            match answer {
                Self::Genuine => return Self::Genuine,
                Self::Unknown => joint = Some(Self::Unknown),
                Self::Forged => joint = joint.or(Some(Self::Forged)),
            }
        }
        joint.unwrap_or(Self::Unknown)
    }
}

/// Verifies signatures where the kernel cannot; called from several threads.
pub trait Verify: Send + Sync {
    /// [`Authenticity::Unknown`] for a key that it does not have or cannot use.
    fn verify(&self, signature: &Signature, digest: &Digest) -> Authenticity;
}
