//! What a signature is worth for one content, with a bound on the verifying.

use std::io;
use std::os::fd::BorrowedFd;

use super::file::digest_of;
use super::rank::Standing;
use crate::keyring::{Authenticity, HeldKeys};
use crate::signature::{Digest, HashAlgorithm, Signature};

/// So many signatures are verified for one decision; the rest counts as not verified. Lists bring a second signature
/// for a content only if it could not be shown to be forged, so that more are seldom there.
const VERIFICATIONS_MAX: usize = 4;

/// Judges signatures over the content of one file.
pub(super) struct Judge<'a> {
    held: &'a HeldKeys,
    file: BorrowedFd<'a>,
    size: u64,
    digests: Vec<Digest>,
    left: usize,
}

impl<'a> Judge<'a> {
    /// `digests` are those of the file that are known already.
    pub(super) const fn new(
        held: &'a HeldKeys,
        file: BorrowedFd<'a>,
        size: u64,
        digests: Vec<Digest>,
    ) -> Self {
        Self {
            held,
            file,
            size,
            digests,
            left: VERIFICATIONS_MAX,
        }
    }

    /// A signature that was verified when its list was taken in is not verified again, as long as its key is held.
    pub(super) fn standing(&mut self, signature: &Signature, verified: bool) -> Standing {
        if !self.held.holds(signature.key_id) {
            return Standing::NotHeld;
        }
        if verified {
            return Standing::Genuine;
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Standing::Unverified;
        };
        self.left = left;
        let verified = self.digest(signature.algorithm);
        match verified.map(|digest| self.held.verify(signature, &digest)) {
            Ok(Authenticity::Genuine) => Standing::Genuine,
            Ok(Authenticity::Forged) => Standing::Forged,
            Ok(Authenticity::Unknown) | Err(_) => Standing::Unverified,
        }
    }

    fn digest(&mut self, algorithm: HashAlgorithm) -> io::Result<Digest> {
        let known = self
            .digests
            .iter()
            .find(|digest| digest.algorithm() == algorithm);
        match known {
            Some(known) => Ok(*known),
            None => {
                let digest = digest_of(self.file, algorithm, self.size)?;
                self.digests.push(digest);
                Ok(digest)
            }
        }
    }
}
