//! The key that is meant, and its certificates.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::dpkg::LockError;
use crate::format::ima::{CertificateError, KeyId, certificates_in};
use crate::keys::certificates::{
    CERTIFICATES, Certificate, REVOKED_CERTIFICATES, ReadCertificate, certificates_within,
};
use crate::keys::ima_keyring::KeyringError;
use crate::machine::error::{SystemError, shown};
use crate::machine::opening::open_named;
use crate::machine::root::Root;
use crate::signatures::StoreError;

/// Most bytes of a certificate file that are read.
pub(super) const FILE_MAX: u64 = 1 << 20;

/// A key to be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// Its id. Another key of the same id would be revoked with it: the kernel could not tell them apart either.
    pub id: KeyId,
    /// The files in `/etc/keys/ima` that hold its certificate.
    pub(super) files: Vec<OsString>,
    /// Its certificate, where no file is in either folder.
    pub(super) elsewhere: Option<Vec<u8>>,
}

/// Why a key cannot be revoked, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// A file or folder of the system could not be used.
    #[error(transparent)]
    System(#[from] SystemError),
    /// dpkg's database is in use.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The signatures that are known cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The kernel's keyring could not be reached.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// What was named holds no certificate.
    #[error("'{}': {error}", shown(.path))]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: CertificateError,
    },
    /// Neither of the folders has its certificate.
    #[error("no certificate of the key {0} is in /etc/keys/ima, nor among those that were revoked")]
    NoCertificate(KeyId),
    /// It holds certificates of other keys too, which must stay.
    #[error("'{}' holds certificates of several keys", shown(.0))]
    SeveralKeys(PathBuf),
    /// A different certificate was moved aside under that name before.
    #[error("'{}' is there already, with another content", shown(.0))]
    NameTaken(PathBuf),
}

impl RevokeError {
    /// What the administrator may do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoCertificate(_) => {
                Some("dpkg-ima keys list; or name the file of the certificate")
            }
            Self::SeveralKeys(_) => Some("put each certificate into a file of its own"),
            Self::NameTaken(_) => Some("rename the file in /etc/keys/ima"),
            _ => None,
        }
    }
}

/// The key that eight hexadecimal digits name, or a certificate's file. A file that is no more where it was is looked for
/// by its name among those that were moved aside.
///
/// # Errors
/// If nothing is found, or certificates of other keys are in the same file.
pub fn named_key(root: &Root, name: &Path) -> Result<NamedKey, RevokeError> {
    let (id, given) = match name.to_str().and_then(KeyId::from_hex) {
        Some(id) => (id, None),
        None => {
            let given = read_given(root, name)?;
            (given.key_id, Some(given))
        }
    };
    let held = certificates_within(root, CERTIFICATES)?;
    let revoked = certificates_within(root, REVOKED_CERTIFICATES)?;
    let files = files_of(&held, id)?;
    let is_known = !files.is_empty() || revoked.iter().any(|read| is_of(read, id));
    let elsewhere = given
        .filter(|_| !is_known)
        .map(|certificate| certificate.der);
    if !is_known && elsewhere.is_none() {
        return Err(RevokeError::NoCertificate(id));
    }
    Ok(NamedKey {
        id,
        files,
        elsewhere,
    })
}

fn is_of((_, certificate): &ReadCertificate, id: KeyId) -> bool {
    matches!(certificate, Ok(certificate) if certificate.key_id == id)
}

/// The one certificate in the file that was named.
fn read_given(root: &Root, name: &Path) -> Result<Certificate, RevokeError> {
    let aside = Path::new(REVOKED_CERTIFICATES).join(name.file_name().unwrap_or_default());
    let path = match name.exists() {
        true => name.to_owned(),
        false => root.display(&aside),
    };
    let mut content = Vec::new();
    let file = open_named(&path).map(|file| file.take(FILE_MAX));
    let read = file.and_then(|mut file| file.read_to_end(&mut content));
    read.map_err(SystemError::at("read", name))?;
    let certificate = |error| RevokeError::Certificate {
        path: name.to_owned(),
        error,
    };
    let mut ders = certificates_in(&content).map_err(certificate)?;
    match (ders.pop(), ders.is_empty()) {
        (Some(der), true) => Certificate::from_der(der).map_err(certificate),
        _ => Err(RevokeError::SeveralKeys(path)),
    }
}

/// The names of the files with that key's certificate.
fn files_of(held: &[ReadCertificate], id: KeyId) -> Result<Vec<OsString>, RevokeError> {
    let mut files = Vec::new();
    for (path, _) in held.iter().filter(|read| is_of(read, id)) {
        let mut same = held.iter().filter(|(other, _)| other == path);
        if same.any(|read| !is_of(read, id)) {
            return Err(RevokeError::SeveralKeys(path.clone()));
        }
        let name = path.file_name().unwrap_or_default().to_owned();
        if !files.contains(&name) {
            files.push(name);
        }
    }
    Ok(files)
}
