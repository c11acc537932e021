//! Signing and verifying a digest, in the form that the kernel verifies.
//!
//! SPEC: `asymmetric_verify`, security/integrity/digsig_asymmetric.c: RSA with "pkcs1", a DigestInfo
//! of the hash algorithm; ECDSA with "x962", DER.

use openssl::error::ErrorStack;
use openssl::md::{Md, MdRef};
use openssl::pkey::{HasPrivate, HasPublic, PKeyRef};
use openssl::pkey_ctx::{PkeyCtx, PkeyCtxRef};
use openssl::rsa::Padding;

use super::KeyType;
use crate::format::ima::{Digest, HashAlgorithm};

fn md_of(algorithm: HashAlgorithm) -> &'static MdRef {
    match algorithm {
        HashAlgorithm::Sha256 => Md::sha256(),
        HashAlgorithm::Sha384 => Md::sha384(),
        HashAlgorithm::Sha512 => Md::sha512(),
    }
}

fn set_up<T>(
    context: &mut PkeyCtxRef<T>,
    kind: KeyType,
    algorithm: HashAlgorithm,
) -> Result<(), ErrorStack> {
    if kind.is_rsa() {
        context.set_rsa_padding(Padding::PKCS1)?;
    }
    context.set_signature_md(md_of(algorithm))
}

/// The payload of a signature: without the header of `security.ima`.
pub(super) fn sign_digest<T: HasPrivate>(
    key: &PKeyRef<T>,
    kind: KeyType,
    digest: &Digest,
) -> Result<Vec<u8>, ErrorStack> {
    let mut context = PkeyCtx::new(key)?;
    context.sign_init()?;
    set_up(&mut context, kind, digest.algorithm())?;
    let mut payload = Vec::new();
    context.sign_to_vec(digest.as_bytes(), &mut payload)?;
    Ok(payload)
}

/// A key made ready to verify digests of one algorithm, for many signatures: to make one ready, OpenSSL 3 searches its
/// providers for the algorithms, under a lock of the process.
pub(super) struct Ready<T>(PkeyCtx<T>);

impl<T: HasPublic> Ready<T> {
    pub(super) fn new(
        key: &PKeyRef<T>,
        kind: KeyType,
        algorithm: HashAlgorithm,
    ) -> Result<Self, ErrorStack> {
        let mut context = PkeyCtx::new(key)?;
        context.verify_init()?;
        set_up(&mut context, kind, algorithm)?;
        Ok(Self(context))
    }

    /// Whether the key made that payload over that digest. OpenSSL reports a payload of the wrong form
    /// as an error, and one of another digest as an answer: here both are no.
    pub(super) fn verifies(&mut self, payload: &[u8], digest: &Digest) -> bool {
        let verified = self.0.verify(digest.as_bytes(), payload);
        verified.unwrap_or(false)
    }
}

/// [`Ready::verifies`] for a single signature.
pub(super) fn verifies_digest<T: HasPublic>(
    key: &PKeyRef<T>,
    kind: KeyType,
    payload: &[u8],
    digest: &Digest,
) -> bool {
    Ready::new(key, kind, digest.algorithm()).is_ok_and(|mut key| key.verifies(payload, digest))
}
