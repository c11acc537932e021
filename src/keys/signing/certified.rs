//! A public key and the id by which the kernel finds it, as a certificate has both.

use std::path::Path;

use openssl::pkey::{HasPublic, PKey, PKeyRef, Public};
use openssl::x509::X509;

use super::operation::verifies_digest;
use super::{KeyError, KeyType};
use crate::format::ima::{Digest, KeyId, Signature, certificates_in, key_id_of};
use crate::keys::certificates::warn_of_dates;
use crate::machine::error::SystemError;

/// What a certificate says of its key.
pub(super) struct CertifiedKey {
    pub(super) key: PKey<Public>,
    pub(super) kind: KeyType,
    pub(super) key_id: KeyId,
}

impl CertifiedKey {
    /// `path` is named if the certificate has no key id.
    ///
    /// # Errors
    /// If it can never be an IMA key.
    pub(super) fn new(x509: &X509, der: &[u8], path: &Path) -> Result<Self, KeyError> {
        let (key, kind) = key_in(x509)?;
        let key_id = key_id_of(der).map_err(KeyError::certificate(path))?;
        Ok(Self { key, kind, key_id })
    }

    /// Of several certificates that of a key; none if it has none among them.
    pub(super) fn of_key<T: HasPublic>(
        key: &PKeyRef<T>,
        certificates: &[(X509, Vec<u8>)],
        path: &Path,
    ) -> Result<Option<Self>, KeyError> {
        let is_its = |found: &&(X509, Vec<u8>)| {
            let public = found.0.public_key();
            public.is_ok_and(|public| public.public_eq(key))
        };
        let found = certificates.iter().find(is_its);
        found
            .map(|(x509, der)| Self::new(x509, der, path))
            .transpose()
    }

    /// The signature of this key with that payload over that digest; nothing is verified.
    pub(super) fn signature(&self, digest: &Digest, payload: &[u8]) -> Result<Signature, KeyError> {
        Ok(Signature::new(digest.algorithm(), self.key_id, payload)?)
    }

    /// The DER of its SubjectPublicKeyInfo.
    pub(super) fn to_der(&self) -> Result<Vec<u8>, KeyError> {
        let der = self.key.public_key_to_der();
        der.map_err(KeyError::openssl("write the public key"))
    }

    /// Whether this key made that signature over that digest.
    pub(super) fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        signature.key_id == self.key_id
            && signature.algorithm == digest.algorithm()
            && verifies_digest(&self.key, self.kind, signature.payload(), digest)
    }
}

/// All certificates in a file, each also in DER.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<(X509, Vec<u8>)>, KeyError> {
    let file = std::fs::read(path).map_err(SystemError::at("read", path))?;
    let found = certificates_in(&file).map_err(KeyError::certificate(path))?;
    found.iter().for_each(|der| warn_of_dates(path, der));
    let parse = |der: Vec<u8>| Ok((parse_certificate(&der)?, der));
    found.into_iter().map(parse).collect()
}

pub(super) fn parse_certificate(der: &[u8]) -> Result<X509, KeyError> {
    X509::from_der(der).map_err(KeyError::openssl("read a certificate"))
}

pub(super) fn key_in(certificate: &X509) -> Result<(PKey<Public>, KeyType), KeyError> {
    let key = certificate.public_key();
    let key = key.map_err(KeyError::openssl("read the certificate's key"))?;
    let kind = KeyType::of(&key)?;
    Ok((key, kind))
}
