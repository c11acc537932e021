//! A private key in a PEM file, with its certificate.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::operation::{sign_digest, verifies_digest};
use super::{KeyError, KeyType, Signer};
use crate::format::ima::{Digest, KeyId, Signature, certificates_in, key_id_of};
use crate::keys::certificates::warn_of_dates;
use crate::machine::error::{SystemError, shown};

/// Where the passphrase of an encrypted key comes from.
#[derive(Clone)]
pub enum Passphrase {
    /// The first line of a file.
    File(PathBuf),
    /// This text, which the environment gave.
    Given(String),
    /// The user is asked, if standard input is a terminal.
    Ask,
}

/// A private key that was read from a file and matches its certificate.
pub struct PemSigner {
    key: PKey<Private>,
    kind: KeyType,
    key_id: KeyId,
}

impl PemSigner {
    /// Reads key and certificate, the latter in PEM or DER; of several certificates the key's is taken. The passphrase
    /// is obtained only if the key is encrypted.
    ///
    /// # Errors
    /// If one cannot be read, no kernel takes the kind of key, no certificate is the key's, or it has no key id.
    pub fn load(
        key_path: &Path,
        certificate: &Path,
        passphrase: &Passphrase,
    ) -> Result<Self, KeyError> {
        let key = load_key(key_path, passphrase)?;
        let kind = KeyType::of(&key)?;
        let certificates = read_certificates(certificate)?;
        let matching = certificates.iter().find(|(found, _)| {
            found
                .public_key()
                .is_ok_and(|public| public.public_eq(&key))
        });
        let (_, der) = matching.ok_or_else(|| KeyError::Mismatch {
            key: key_path.to_owned(),
            certificate: certificate.to_owned(),
        })?;
        let key_id = key_id_of(der).map_err(KeyError::certificate(certificate))?;
        Ok(Self { key, kind, key_id })
    }
}

impl Signer for PemSigner {
    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        let payload =
            sign_digest(&self.key, self.kind, digest).map_err(KeyError::openssl("sign"))?;
        Ok(Signature::new(digest.algorithm(), self.key_id, &payload)?)
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        signature.key_id == self.key_id
            && signature.algorithm == digest.algorithm()
            && verifies_digest(&self.key, self.kind, signature.payload(), digest)
    }
}

/// All certificates in a file, each also in DER.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<(X509, Vec<u8>)>, KeyError> {
    let file = fs::read(path).map_err(SystemError::at("read", path))?;
    let found = certificates_in(&file).map_err(KeyError::certificate(path))?;
    found.iter().for_each(|der| warn_of_dates(path, der));
    let parse = |der: Vec<u8>| Ok((parse_certificate(&der)?, der));
    found.into_iter().map(parse).collect()
}

pub(super) fn parse_certificate(der: &[u8]) -> Result<X509, KeyError> {
    X509::from_der(der).map_err(KeyError::openssl("read a certificate"))
}

fn load_key(path: &Path, passphrase: &Passphrase) -> Result<PKey<Private>, KeyError> {
    let pem = fs::read(path).map_err(SystemError::at("read", path))?;
    // Whether the passphrase was obtained; none if OpenSSL never asked for it.
    let mut asked = None;
    let key = PKey::private_key_from_pem_callback(&pem, |buffer| {
        let known = passphrase.obtain(path);
        let copied = known.as_ref().map(|text| fill(buffer, text.as_bytes()));
        let length = copied.unwrap_or(Some(0));
        asked = Some(known.map(drop));
        length.ok_or_else(ErrorStack::get)
    });
    match (key, asked) {
        (_, Some(Err(error))) => Err(error),
        (Ok(key), _) => Ok(key),
        (Err(_), Some(Ok(()))) => Err(KeyError::WrongPassphrase(path.to_owned())),
        (Err(_), None) => Err(KeyError::NotPem(path.to_owned())),
    }
}

/// Copies the passphrase, and returns its length; none if there is no room for it.
fn fill(buffer: &mut [u8], passphrase: &[u8]) -> Option<usize> {
    let room = buffer.get_mut(..passphrase.len())?;
    room.copy_from_slice(passphrase);
    Some(passphrase.len())
}

impl Passphrase {
    /// The passphrase for the key in that file, which is named when the user is asked.
    fn obtain(&self, key: &Path) -> Result<String, KeyError> {
        match self {
            Self::Given(passphrase) => Ok(passphrase.clone()),
            Self::File(path) => {
                let text = fs::read_to_string(path).map_err(SystemError::at("read", path))?;
                Ok(text.lines().next().unwrap_or_default().to_owned())
            }
            // Never wait for an answer in a pipe, a cron job or a build.
            Self::Ask if !io::stdin().is_terminal() => Err(KeyError::NoPassphrase(key.to_owned())),
            Self::Ask => {
                let prompt = format!("Passphrase for {}: ", shown(key));
                let answer = rpassword::prompt_password(prompt);
                Ok(answer.map_err(SystemError::at("ask for the passphrase of", key))?)
            }
        }
    }
}
