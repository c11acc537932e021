//! Why a key or certificate cannot be used.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;

use super::token::TokenError;
use crate::format::digest_lines::DigestLineError;
use crate::format::ima::{CertificateError, Digest, SignatureError};
use crate::format::text::{Escaped, Text};
use crate::machine::error::{SystemError, shown};

/// Why a key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file could not be read, or a passphrase not be asked for.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A key in a token cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The file has no private key, or one of a kind that OpenSSL does not know.
    #[error("'{}' holds no private key in PEM or PKCS#12", shown(.0))]
    NotPem(PathBuf),
    /// A PKCS#12 file that OpenSSL does not read.
    #[error("cannot read the PKCS#12 file '{}': {}", shown(.path), Escaped(.source))]
    Pkcs12 {
        /// As the user named it.
        path: PathBuf,
        /// OpenSSL's reasons.
        source: ErrorStack,
    },
    /// A PKCS#12 file with certificates only.
    #[error("the PKCS#12 file '{}' has no private key", shown(.0))]
    NoKey(PathBuf),
    /// The certificate was not named, and is not with the key.
    #[error("the certificate of the key '{0}' is not with it")]
    NoCertificate(Text),
    /// The key is encrypted with another passphrase than the one given.
    #[error("the passphrase does not open the key '{}'", shown(.0))]
    WrongPassphrase(PathBuf),
    /// The key is encrypted, and there is no terminal to ask on.
    #[error("the key '{}' is encrypted, and no passphrase was given", shown(.0))]
    NoPassphrase(PathBuf),
    /// The file has no certificate, or one without a key id.
    #[error("cannot use the certificate '{}': {source}", shown(.path))]
    Certificate {
        /// As the user named it.
        path: PathBuf,
        /// The fault.
        source: CertificateError,
    },
    /// No certificate in the file is the key's.
    #[error(
        "the key '{key}' does not match the certificate '{}'", shown(.certificate)
    )]
    Mismatch {
        /// The private key's file or URI.
        key: Text,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// An RSA modulus that is too short, or that no kernel takes; its length in bits.
    #[error("an RSA key of {0} bits: only 2048, 3072 and 4096 can be used")]
    Bits(u32),
    /// A kind of key by which no kernel verifies IMA signatures.
    #[error("a key of type {0}: only RSA, and ECDSA over P-256, P-384 and P-521, can be used")]
    Kind(String),
    /// OpenSSL failed where it should not.
    #[error("cannot {doing}: {}", Escaped(.source))]
    OpenSsl {
        /// The operation, for the message.
        doing: &'static str,
        /// OpenSSL's reasons.
        source: ErrorStack,
    },
    /// The key made a signature that no list can carry.
    #[error("the key made no usable signature: {0}")]
    Signature(#[from] SignatureError),
    /// A signature that names this key does not verify by its public half: the key or the machine is broken, or somebody
    /// else made it.
    #[error("the signature over {0:?} does not verify by the certificate")]
    Unverified(Digest),
    /// A file of digests, or of signatures over them, has a line that is none.
    #[error("'{}': {source}", shown(.path))]
    DigestLine {
        /// As the user named it.
        path: PathBuf,
        /// The line and its fault.
        source: DigestLineError,
    },
    /// Of the signatures that were made elsewhere none is by this key over that digest.
    #[error("there is no signature by this key over {0:?}")]
    NoSignature(Digest),
}

impl KeyError {
    /// For `map_err`: OpenSSL failed in that operation.
    pub(super) fn openssl(doing: &'static str) -> impl FnOnce(ErrorStack) -> Self {
        move |source| Self::OpenSsl { doing, source }
    }

    /// For `map_err`: that certificate file cannot be used.
    pub(super) fn certificate(path: &Path) -> impl FnOnce(CertificateError) -> Self {
        let path = path.to_owned();
        move |source| Self::Certificate { path, source }
    }

    /// For `map_err`: that file of digests has a line that is none.
    pub(crate) fn digest_line(path: &Path) -> impl Fn(DigestLineError) -> Self {
        let path = path.to_owned();
        move |source| Self::DigestLine {
            path: path.clone(),
            source,
        }
    }

    /// Whether the key cannot be asked for anything more: its token is lost, or it makes signatures that are none.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Token(_) | Self::Unverified(_))
    }

    /// Advice for the user.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Token(error) => error.hint(),
            Self::NoCertificate(_) => {
                Some("name it with --cert; only PKCS#12 files have it with the key")
            }
            Self::Pkcs12 { .. } => Some(
                "if it is of an old form, write it anew: 'openssl pkcs12 -legacy -nodes', then 'openssl pkcs12 -export'",
            ),
            Self::NoPassphrase(_) => {
                Some("give --passphrase-file, set DPKG_IMA_PASSPHRASE, or run this on a terminal")
            }
            Self::Certificate {
                source: CertificateError::NoIdentifier,
                ..
            } => Some("the kernel finds a key by that identifier: issue the certificate with it"),
            Self::NoSignature(_) => Some(
                "'dpkg-ima digests' writes what is to be signed; it takes the same --files and --hash",
            ),
            _ => None,
        }
    }
}
