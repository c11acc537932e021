//! A key in a token, with its certificate.

use std::path::Path;

use super::TokenError;
use super::login::Login;
use super::module::open_module;
use super::payload::{payload, prepared};
use super::sessions::Sessions;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::format::pkcs11_uri::Pkcs11Uri;
use crate::format::text::Text;
use crate::keys::signing::certified::{CertifiedKey, read_certificates};
use crate::keys::signing::{KeyError, Secret, Signer};

/// The token signs the digest of this to show whose its key is; the signature goes nowhere.
const TRIAL: &[u8] = b"dpkg-ima: whose key is it?";

/// A private key that a token keeps to itself, and that has shown to be its certificate's.
pub(in crate::keys::signing) struct TokenSigner {
    sessions: Sessions,
    public: CertifiedKey,
}

impl TokenSigner {
    /// Logs in to the token, and finds the certificate of its key: of several in the file the one by which a signature of the
    /// key verifies.
    ///
    /// # Errors
    /// If that cannot be done. A wrong PIN was tried once.
    pub(in crate::keys::signing) fn load(
        uri: &[u8],
        certificate: Option<&Path>,
        pin: &Secret,
    ) -> Result<Self, KeyError> {
        let uri = Pkcs11Uri::parse(uri).map_err(TokenError::from)?;
        let no_certificate = || KeyError::NoCertificate(Text::of(&uri));
        let certificate = certificate.ok_or_else(no_certificate)?;
        // Before the PIN is asked for.
        let certificates = read_certificates(certificate)?;
        let certified = certificates
            .iter()
            .map(|(x509, der)| CertifiedKey::new(x509, der, certificate));
        let certified = certified.collect::<Result<Vec<_>, _>>()?;
        let pin = match &uri.pin_source {
            Some(file) => Secret::File(file.clone()),
            None => pin.clone(),
        };
        let key = uri.to_string();
        let sessions = Sessions::open(open_module(&uri)?, uri, |info| Login::new(info, &pin))?;
        for public in certified {
            if has_made(&sessions, &public)? {
                return Ok(Self { sessions, public });
            }
        }
        Err(KeyError::Mismatch {
            key: key.into(),
            certificate: certificate.to_owned(),
        })
    }
}

/// Whether what the token signs verifies by that certificate.
fn has_made(sessions: &Sessions, public: &CertifiedKey) -> Result<bool, KeyError> {
    if sessions.is_rsa() != public.kind.is_rsa() {
        return Ok(false);
    }
    let digest = Digest::of(HashAlgorithm::Sha256, TRIAL);
    let made = sign(sessions, public, &digest)?;
    Ok(public.verifies(&made, &digest))
}

fn sign(
    sessions: &Sessions,
    public: &CertifiedKey,
    digest: &Digest,
) -> Result<Signature, KeyError> {
    let (mechanism, data) = prepared(public.kind, digest);
    let answer = sessions.sign(&mechanism, &data)?;
    let payload = payload(public.kind, answer);
    public.signature(
        digest,
        &payload.map_err(KeyError::openssl("read the token's signature"))?,
    )
}

impl Signer for TokenSigner {
    fn key_id(&self) -> KeyId {
        self.public.key_id
    }

    fn sign(&self, digest: &Digest) -> Result<Signature, KeyError> {
        sign(&self.sessions, &self.public, digest)
    }

    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        self.public.to_der()
    }

    fn verifies(&self, signature: &Signature, digest: &Digest) -> bool {
        self.public.verifies(signature, digest)
    }
}
