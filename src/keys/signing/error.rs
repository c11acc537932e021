//! Why a key or certificate cannot be used.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;

use crate::format::ima::{CertificateError, SignatureError};
use crate::format::text::Escaped;
use crate::machine::error::{SystemError, shown};

/// Why a key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// No private key in it, or one that OpenSSL does not know.
    #[error("'{}' holds no private key in PEM", shown(.0))]
    NotPem(PathBuf),
    /// The key is encrypted with another passphrase.
    #[error("the passphrase does not open the key '{}'", shown(.0))]
    WrongPassphrase(PathBuf),
    /// The key is encrypted, and there is no one to ask.
    #[error("the key '{}' is encrypted, and no passphrase was given", shown(.0))]
    NoPassphrase(PathBuf),
    /// A file that should be a certificate.
    #[error("cannot use the certificate '{}': {source}", shown(.path))]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// Two files that do not belong together.
    #[error(
        "the key '{}' does not match the certificate '{}'",
        shown(.key), shown(.certificate)
    )]
    Mismatch {
        /// The private key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// An RSA modulus that is too weak, or that no kernel takes.
    #[error("an RSA key of {0} bits: only 2048, 3072 and 4096 can be used")]
    Bits(u32),
    /// A key that no kernel verifies IMA signatures with.
    #[error("a key of type {0}: only RSA, and ECDSA over P-256, P-384 and P-521, can be used")]
    Kind(String),
    /// The library failed at something that should work.
    #[error("cannot {doing}: {}", Escaped(.source))]
    OpenSsl {
        /// What was being done.
        doing: &'static str,
        /// What it says.
        source: ErrorStack,
    },
    /// The key made something that no list can carry.
    #[error("the key made no usable signature: {0}")]
    Signature(#[from] SignatureError),
}

impl KeyError {
    /// For `map_err`: the library failed while doing that.
    pub(super) fn openssl(doing: &'static str) -> impl FnOnce(ErrorStack) -> Self {
        move |source| Self::OpenSsl { doing, source }
    }

    /// For `map_err`: that certificate file cannot be used.
    pub(super) fn certificate(path: &Path) -> impl FnOnce(CertificateError) -> Self {
        let path = path.to_owned();
        move |source| Self::Certificate { path, source }
    }

    /// What the user may do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoPassphrase(_) => {
                Some("give --passphrase-file, set DPKG_IMA_PASSPHRASE, or run this on a terminal")
            }
            Self::Certificate {
                source: CertificateError::NoIdentifier,
                ..
            } => Some("the kernel finds a key by that identifier: issue the certificate with it"),
            _ => None,
        }
    }
}
