//! A private key in a PKCS#12 file, which has the certificate with it.
//!
//! SPEC: RFC 7292. Others name such files .p12 or .pfx; what counts is the content.

use std::path::Path;

use openssl::error::ErrorStack;
use openssl::pkcs12::{ParsedPkcs12_2, Pkcs12};
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::pem::passphrase_of;
use super::{KeyError, Secret};
use crate::keys::certificates::warn_of_dates;

/// OpenSSL's reason for a passphrase that is wrong.
const WRONG: &str = "mac verify failure";

/// The file's content, if it is such a file.
pub(super) fn as_pkcs12(content: &[u8]) -> Option<Pkcs12> {
    Pkcs12::from_der(content).ok()
}

/// A key, and the certificates that are with it, each also in DER.
pub(super) type KeyWithCertificates = (PKey<Private>, Vec<(X509, Vec<u8>)>);

/// The key and the certificates in a file. The passphrase is obtained only if it is not the empty one.
pub(super) fn open_pkcs12(
    file: &Pkcs12,
    path: &Path,
    passphrase: &Secret,
) -> Result<KeyWithCertificates, KeyError> {
    let opened = match file.parse2("") {
        Err(error) if is_wrong_passphrase(&error) => file.parse2(&passphrase_of(path, passphrase)?),
        opened => opened,
    };
    let ParsedPkcs12_2 { pkey, cert, ca } = opened.map_err(|source| {
        let path = path.to_owned();
        match is_wrong_passphrase(&source) {
            true => KeyError::WrongPassphrase(path),
            false => KeyError::Pkcs12 { path, source },
        }
    })?;
    let key = pkey.ok_or_else(|| KeyError::NoKey(path.to_owned()))?;
    let certificates = cert.into_iter().chain(ca.into_iter().flatten());
    let in_der = |certificate: X509| {
        let der = certificate.to_der();
        let der = der.map_err(KeyError::openssl("read a certificate"))?;
        warn_of_dates(path, &der);
        Ok((certificate, der))
    };
    let certificates = certificates.map(in_der).collect::<Result<_, KeyError>>()?;
    Ok((key, certificates))
}

fn is_wrong_passphrase(error: &ErrorStack) -> bool {
    error
        .errors()
        .iter()
        .any(|error| error.reason() == Some(WRONG))
}
