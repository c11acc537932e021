//! A private key that a file holds, with its certificate.

use std::path::Path;

use openssl::pkey::{PKey, Private};

use super::certified::{CertifiedKey, read_certificates};
use super::operation::sign_digest;
use super::pem::load_pem;
use super::{KeyError, KeyType, Secret, Signer};
use crate::format::ima::{Digest, KeyId, Signature};
use crate::machine::error::shown;

/// A private key that was read from a file and matches its certificate.
pub(super) struct FileSigner {
    key: PKey<Private>,
    public: CertifiedKey,
}

impl FileSigner {
    /// Reads key and certificate, the latter in PEM or DER; of several certificates the key's is taken. The passphrase
    /// is obtained only if the key is encrypted.
    ///
    /// # Errors
    /// If one cannot be read, no kernel takes the kind of key, no certificate is the key's, or it has no key id.
    pub(super) fn load(
        path: &Path,
        certificate: &Path,
        passphrase: &Secret,
    ) -> Result<Self, KeyError> {
        let key = load_pem(path, passphrase)?;
        KeyType::of(&key)?;
        let certificates = read_certificates(certificate)?;
        let public = CertifiedKey::of_key(&key, &certificates, certificate)?;
        let public = public.ok_or_else(|| KeyError::Mismatch {
            key: shown(path).into(),
            certificate: certificate.to_owned(),
        })?;
        Ok(Self { key, public })
    }
}

impl Signer for FileSigner {
    fn key_id(&self) -> KeyId {
        self.public.key_id
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        let payload =
            sign_digest(&self.key, self.public.kind, digest).map_err(KeyError::openssl("sign"))?;
        self.public.signature(digest, &payload)
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.public.verifies(signature, digest)
    }
}
