//! The certificates that signatures are verified with.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Public};
use openssl::x509::X509;

use super::operation::Ready;
use super::pem::{parse_certificates, read_certificates};
use super::{KeyError, KeyType};
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature, key_id_of};
use crate::keys::certificates::{CERTIFICATE_MAX, CERTIFICATES};
use crate::keys::held::{Authenticity, Verify};
use crate::machine::error::shown;
use crate::machine::root::Root;

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

    /// What checks signatures, many of them on one thread.
    #[must_use]
    pub const fn checker(&self) -> Checker<'_> {
        Checker {
            trust: self,
            ready: Vec::new(),
        }
    }
}

/// What cannot be made ready, or is of another algorithm, cannot be told.
impl Verify for Trust {
    fn verify(&self, signature: &Signature, digest: &Digest) -> Authenticity {
        let mut answer = Authenticity::Unknown;
        let named = |key: &&(KeyId, PKey<Public>, KeyType)| key.0 == signature.key_id;
        for (_, key, kind) in self.keys.iter().filter(named) {
            let Ok(mut key) = Ready::new(key, *kind, digest.algorithm()) else {
                return Authenticity::Unknown;
            };
            if key.verifies(signature.payload(), digest) {
                return Authenticity::Genuine;
            }
            answer = Authenticity::Forged;
        }
        answer
    }
}

/// Checks signatures with the certificates at hand, and remembers what OpenSSL made of them.
pub struct Checker<'a> {
    trust: &'a Trust,
    /// By the key's place among all keys.
    ready: Vec<(usize, HashAlgorithm, Ready<Public>)>,
}

impl Checker<'_> {
    /// Checks a signature over the digest of a file.
    pub fn check(&mut self, signature: &Signature, digest: &Digest) -> Check {
        let trust = self.trust;
        let mut check = Check::UnknownKey;
        for (at, (key_id, ..)) in trust.keys.iter().enumerate() {
            if *key_id != signature.key_id {
                continue;
            }
            check = Check::Invalid;
            let key = (signature.algorithm == digest.algorithm())
                .then(|| self.ready(at, signature.algorithm));
            if let Some(Ok(key)) = key
                && key.verifies(signature.payload(), digest)
            {
                return Check::Valid;
            }
        }
        check
    }

    fn ready(
        &mut self,
        at: usize,
        algorithm: HashAlgorithm,
    ) -> Result<&mut Ready<Public>, ErrorStack> {
        let known = |ready: &(usize, HashAlgorithm, _)| (ready.0, ready.1) == (at, algorithm);
        let place = match self.ready.iter().position(known) {
            Some(place) => place,
            None => {
                let (_, key, kind) = &self.trust.keys[at];
                let ready = Ready::new(key, *kind, algorithm)?;
                self.ready.push((at, algorithm, ready));
                self.ready.len() - 1
            }
        };
        Ok(&mut self.ready[place].2)
    }
}
