//! The subjectKeyIdentifier of a certificate, from which a label has its key id, and its dates.
//!
//! Without OpenSSL, since the helper reads certificates too.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_cert::der::{Decode, DecodePem, Encode};
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::time::Time;
use x509_cert::{Certificate, der};

use super::KeyId;
use crate::format::text::Escaped;

/// Why bytes are no certificate of a key for IMA.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// They are no X.509 certificate, in PEM or DER.
    #[error("not an X.509 certificate in PEM or DER ({})", Escaped(.0))]
    Syntax(der::Error),
    /// There is no subjectKeyIdentifier, so the kernel could never find the key by its id.
    #[error("the certificate has no subjectKeyIdentifier of four bytes or more")]
    NoIdentifier,
}

/// The certificates in a file, each as DER: all that a PEM file holds, or the one of a DER file.
///
/// # Errors
/// [`CertificateError::Syntax`] if one of them is damaged, or there is none.
pub fn certificates_in(file: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";
    const PEM_END: &[u8] = b"-----END CERTIFICATE-----";
    let find = |text: &[u8], what: &[u8]| text.windows(what.len()).position(|at| at == what);
    if find(file, PEM).is_none() {
        Certificate::from_der(file).map_err(CertificateError::Syntax)?;
        return Ok(vec![file.to_vec()]);
    }
    let mut found = Vec::new();
    let mut rest = file;
    while let Some(start) = find(rest, PEM) {
        rest = &rest[start..];
        let end = find(rest, PEM_END).map_or(rest.len(), |end| end + PEM_END.len());
        let (block, after) = rest.split_at(end);
        let certificate = Certificate::from_pem(block).map_err(CertificateError::Syntax)?;
        found.push(certificate.to_der().map_err(CertificateError::Syntax)?);
        rest = after;
    }
    Ok(found)
}

/// The key id of a certificate in DER, from its subjectKeyIdentifier.
///
/// # Errors
/// If it is no certificate, or has no such extension.
pub fn key_id_of(der: &[u8]) -> Result<KeyId, CertificateError> {
    let certificate = Certificate::from_der(der).map_err(CertificateError::Syntax)?;
    let extension = certificate
        .tbs_certificate()
        .get_extension::<SubjectKeyIdentifier>()
        .map_err(CertificateError::Syntax)?;
    extension
        .and_then(|(_, identifier)| KeyId::from_subject_key_identifier(identifier.0.as_bytes()))
        .ok_or(CertificateError::NoIdentifier)
}

/// How a certificate's dates stand to a time. Prints as what is to be said of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfDate {
    /// Its validity begins then.
    NotYetValid(Time),
    /// Its validity ended then.
    Expired(Time),
}

impl fmt::Display for OutOfDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetValid(from) => write!(f, "is not valid before {from}"),
            Self::Expired(on) => write!(f, "expired on {on}"),
        }
    }
}

/// When the validity of a certificate in DER begins, since 1970; none if it is no certificate.
#[must_use]
pub fn valid_since(der: &[u8]) -> Option<Duration> {
    let certificate = Certificate::from_der(der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    Some(validity.not_before.to_unix_duration())
}

/// Whether that time is outside the validity of a certificate in DER; none too if it is no certificate.
#[must_use]
pub fn out_of_date(der: &[u8], now: SystemTime) -> Option<OutOfDate> {
    let certificate = Certificate::from_der(der).ok()?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let validity = certificate.tbs_certificate().validity();
    if now < validity.not_before.to_unix_duration() {
        return Some(OutOfDate::NotYetValid(validity.not_before));
    }
    (now > validity.not_after.to_unix_duration()).then_some(OutOfDate::Expired(validity.not_after))
}
