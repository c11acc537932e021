//! A private key that a file holds, with its certificate.

use std::fs;
use std::path::Path;

use openssl::pkey::{PKey, Private};

use super::certified::{CertifiedKey, read_certificates};
use super::operation::sign_digest;
use super::pem::open_pem;
use super::pkcs12::{as_pkcs12, open_pkcs12};
use super::{KeyError, KeyType, Secret, Signer};
use crate::format::ima::{Digest, KeyId, Signature};
use crate::machine::error::{SystemError, shown};

/// A private key that was read from a file and matches its certificate.
pub(super) struct FileSigner {
    key: PKey<Private>,
    public: CertifiedKey,
    lies_open: bool,
}

impl FileSigner {
    /// Reads key and certificate, the latter in PEM or DER if it is not with the key; of several certificates the key's is
    /// taken. The passphrase is obtained only if the key is encrypted.
    ///
    /// # Errors
    /// If one cannot be read, no kernel takes the kind of key, no certificate is the key's, or it has no key id.
    pub(super) fn load(
        path: &Path,
        certificate: Option<&Path>,
        passphrase: &Secret,
    ) -> Result<Self, KeyError> {
        let file = fs::read(path).map_err(SystemError::at("read", path))?;
        let (key, with_it) = match as_pkcs12(&file) {
            Some(file) => open_pkcs12(&file, path, passphrase)?,
            None => (open_pem(&file, path, passphrase)?, Vec::new()),
        };
        KeyType::of(&key)?;
        let (certificates, from) = match certificate {
            Some(named) => (read_certificates(named)?, named),
            None if with_it.is_empty() => return Err(KeyError::NoCertificate(shown(path).into())),
            None => (with_it, path),
        };
        let public = CertifiedKey::of_key(&key, &certificates, from)?;
        let public = public.ok_or_else(|| KeyError::Mismatch {
            key: shown(path).into(),
            certificate: from.to_owned(),
        })?;
        Ok(Self {
            lies_open: lies_open(&file),
            key,
            public,
        })
    }
}

/// Whether the empty passphrase, or none, opens the key in such a file.
fn lies_open(file: &[u8]) -> bool {
    match as_pkcs12(file) {
        Some(file) => file.parse2("").is_ok(),
        None => PKey::private_key_from_pem_callback(file, |_| Ok(0)).is_ok(),
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

    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.public.to_der()
    }

    fn lies_open(&self) -> bool {
        self.lies_open
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.public.verifies(signature, digest)
    }
}
