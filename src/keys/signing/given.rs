//! Signatures that were made elsewhere, by a key that is not here.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;

use super::certified::{CertifiedKey, read_certificates};
use super::{KeyError, Signer};
use crate::format::digest_lines::DigestLines;
use crate::format::ima::{Digest, KeyId, Signature};
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// The signatures of a file, in place of a key: what it has no signature of cannot be signed.
pub struct GivenSignatures {
    key: CertifiedKey,
    by_digest: HashMap<Digest, Signature>,
}

impl GivenSignatures {
    /// Reads the certificate of the key, the first if a file has several, and the signatures that name this key. They are
    /// held: at most [`TEXT_MAX`](crate::format::digest_lines::TEXT_MAX) bytes of them. Of two over one digest the first
    /// counts.
    ///
    /// # Errors
    /// If the certificate can never be an IMA key, or a line of the file is no signature.
    pub fn read(certificate: &Path, signatures: &Path) -> Result<Self, KeyError> {
        let (x509, der) = read_certificates(certificate)?.swap_remove(0);
        let key = CertifiedKey::new(&x509, &der, certificate)?;
        let file = open_named(signatures).map_err(SystemError::at("open", signatures))?;
        let mut by_digest = HashMap::new();
        for line in DigestLines::new(BufReader::new(file)) {
            let read = line.and_then(|line| Ok((line.digest, line.signature()?)));
            let (digest, signature) = read.map_err(KeyError::digest_line(signatures))?;
            if signature.key_id == key.key_id {
                by_digest.entry(digest).or_insert(signature);
            }
        }
        Ok(Self { key, by_digest })
    }
}

impl Signer for GivenSignatures {
    fn key_id(&self) -> KeyId {
        self.key.key_id
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        let given = self.by_digest.get(digest).cloned();
        given.ok_or(KeyError::NoSignature(*digest))
    }

    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.key.to_der()
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.key.verifies(signature, digest)
    }
}
