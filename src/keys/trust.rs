//! The certificates that signatures are verified with.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use openssl::pkey::{PKey, Public};
use openssl::x509::X509;

use super::operation::verifies_digest;
use super::pem::{parse_certificates, read_certificates};
use super::{KeyError, KeyType};
use crate::keyring::{CERTIFICATE_MAX, CERTIFICATES};
use crate::root::Root;
use crate::signature::{Digest, KeyId, Signature, key_id_of};
use crate::system::shown;

/// What the certificates at hand say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Check {
    /// One of them made it over that digest.
    Valid,
    /// It names one of them, which did not make it over that digest.
    Invalid,
    /// It names none of them.
    UnknownKey,
}

/// The public keys of certificates, by key id. Two keys may share one.
#[derive(Default)]
pub struct Trust {
    keys: Vec<(KeyId, PKey<Public>, KeyType)>,
}

impl Trust {
    /// Reads the certificates in those files, PEM or DER.
    ///
    /// # Errors
    /// If one cannot be read, or can never be an IMA key.
    pub fn from_files<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, KeyError> {
        let mut trust = Self::default();
        for path in paths {
            trust.add(read_certificates(path)?, path)?;
        }
        Ok(trust)
    }

    /// Reads every `*.pem` and `*.der` in `/etc/keys/ima` of that root; none if the folder is
    /// missing. A file that can never be an IMA key is passed over and logged: the kernel passes it
    /// over too.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn of_root(root: &Root) -> Result<Self, KeyError> {
        let mut trust = Self::default();
        let Some(folder) = root.open_folder(Path::new(CERTIFICATES))? else {
            return Ok(trust);
        };
        let mut names = folder.names()?;
        names.retain(|name| name.ends_with(b".pem") || name.ends_with(b".der"));
        names.sort();
        for name in names {
            let path = Path::new(CERTIFICATES).join(OsStr::from_bytes(&name));
            if let Err(error) = trust.add_of_root(root, &path) {
                log::warn!("not used: '{}': {error}", shown(&root.display(&path)));
            }
        }
        Ok(trust)
    }

    fn add_of_root(&mut self, root: &Root, path: &Path) -> Result<(), KeyError> {
        let Some(file) = root.read(path, CERTIFICATE_MAX)? else {
            return Ok(());
        };
        let path = root.display(path);
        self.add(parse_certificates(&file, &path)?, &path)
    }

    fn add(&mut self, certificates: Vec<(X509, Vec<u8>)>, path: &Path) -> Result<(), KeyError> {
        for (certificate, der) in certificates {
            let key = certificate
                .public_key()
                .map_err(KeyError::openssl("read the certificate's key"))?;
            let kind = KeyType::of(&key)?;
            let key_id = key_id_of(&der).map_err(|source| KeyError::Certificate {
                path: path.to_owned(),
                source,
            })?;
            self.keys.push((key_id, key, kind));
        }
        Ok(())
    }

    /// Whether there is no certificate at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Checks a signature over the digest of a file.
    pub fn check(&self, signature: &Signature, digest: &Digest) -> Check {
        let named = self
            .keys
            .iter()
            .filter(|(key_id, ..)| *key_id == signature.key_id);
        let mut check = Check::UnknownKey;
        for (_, key, kind) in named {
            check = Check::Invalid;
            if signature.algorithm == digest.algorithm()
                && verifies_digest(key, *kind, signature.payload(), digest)
            {
                return Check::Valid;
            }
        }
        check
    }
}
