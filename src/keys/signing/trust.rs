//! Verifies signatures by certificates.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Public};

use super::certified::{key_in, parse_certificate, read_certificates};
use super::operation::Ready;
use super::{KeyError, KeyType};
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature, key_id_of};
use crate::keys::certificates::{Certificate, usable_certificates, warn_of_dates};
use crate::keys::held::{Authenticity, Verify};
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::machine::warn_once::warn_once;

/// The verdict of the certificates at hand on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Check {
    /// The key of one of them made it over that digest.
    Valid,
    /// It names the key of one of them, which did not make it over that digest.
    Invalid,
    /// It names none of their keys.
    UnknownKey,
}

/// The public keys of certificates, by key id. Several keys may share an id.
#[derive(Default)]
pub struct Trust {
    keys: Vec<(KeyId, PKey<Public>, KeyType)>,
    /// The certificate of each, and its file.
    certificates: Vec<(PathBuf, Certificate)>,
}

impl Trust {
    /// Reads the certificates in those files, PEM or DER.
    ///
    /// # Errors
    /// If one cannot be read, or can never be an IMA key.
    pub fn from_files<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, KeyError> {
        let mut trust = Self::default();
        for path in paths {
            for (certificate, der) in read_certificates(path)? {
                let (key, kind) = key_in(&certificate)?;
                let key_id = key_id_of(&der).map_err(KeyError::certificate(path))?;
                let certificate = Certificate { key_id, der };
                trust.add(path.to_owned(), certificate, key, kind);
            }
        }
        Ok(trust)
    }

    /// Reads every `*.pem` and `*.der` in `/etc/keys/ima` of that root; none if the folder is
    /// missing. A certificate that can never be an IMA key is logged: the kernel does not load it either.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn of_root(root: &Root) -> Result<Self, KeyError> {
        let mut trust = Self::default();
        for (path, certificate) in usable_certificates(root)? {
            warn_of_dates(&path, &certificate.der);
            match parse_certificate(&certificate.der).and_then(|parsed| key_in(&parsed)) {
                Ok((key, kind)) => trust.add(path, certificate, key, kind),
                Err(error) => warn_once(format_args!("not used: '{}': {error}", shown(&path))),
            }
        }
        Ok(trust)
    }

    fn add(&mut self, path: PathBuf, certificate: Certificate, key: PKey<Public>, kind: KeyType) {
        self.keys.push((certificate.key_id, key, kind));
        self.certificates.push((path, certificate));
    }

    /// The certificates, each with its file as people outside the root name it.
    #[must_use]
    pub fn certificates(&self) -> &[(PathBuf, Certificate)] {
        &self.certificates
    }

    /// Whether there is no key, so that every check is [`Check::UnknownKey`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Checks signatures, many of them on one thread.
    #[must_use]
    pub const fn checker(&self) -> Checker<'_> {
        Checker {
            trust: self,
            ready: Vec::new(),
        }
    }
}

/// A key that OpenSSL cannot use tells nothing.
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

/// Checks signatures with the certificates at hand, and keeps each key as OpenSSL made it ready.
pub struct Checker<'a> {
    trust: &'a Trust,
    /// With the key's index in [`Trust::keys`].
    ready: Vec<(usize, HashAlgorithm, Ready<Public>)>,
}

impl Checker<'_> {
    /// Checks a signature over the digest of a file. A key that OpenSSL cannot use makes none valid.
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
            let key = key.and_then(Result::ok);
            if key.is_some_and(|key| key.verifies(signature.payload(), digest)) {
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
