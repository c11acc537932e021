//! The certificates that a machine keeps for IMA: `/etc/keys/ima/*.pem` and `*.der`; and those of keys that it has revoked,
//! `/etc/keys/ima-revoked`, of which `revocations` makes something.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::format::ima::{CertificateError, KeyId, certificates_in, key_id_of, out_of_date};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::machine::warn_once::warn_once;

/// Where a machine keeps its certificates, beneath the root.
pub const CERTIFICATES: &str = "etc/keys/ima";
/// Where it keeps those of keys that were revoked, beneath the root: beside the other folder, which others read too. A key
/// with a certificate in both is not revoked.
pub const REVOKED_CERTIFICATES: &str = "etc/keys/ima-revoked";
/// Largest certificate file that we read, in bytes.
const CERTIFICATE_MAX: u64 = 1 << 20;

/// A certificate, as the kernel takes it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The id by which signatures name its key.
    pub key_id: KeyId,
    /// X.509 in DER.
    pub der: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// If it is no certificate, or has no subjectKeyIdentifier.
    pub fn from_der(der: Vec<u8>) -> Result<Self, CertificateError> {
        let key_id = key_id_of(&der)?;
        Ok(Self { key_id, der })
    }
}

/// Why a file, or a certificate in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFileError {
    /// The file cannot be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It holds no certificate, or one without a key id.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// The path of a file, as people outside the root name it, and a certificate that it holds or why it holds none.
pub type ReadCertificate = (PathBuf, Result<Certificate, CertificateFileError>);

/// That a machine has none, as a message that names the folder.
#[must_use]
pub fn no_certificate(root: &Root) -> String {
    let folder = root.display(Path::new(CERTIFICATES));
    format!("no certificate in '{}'", shown(&folder))
}

/// Reads the certificates of that root, in the order of the files' names; none if the folder is missing. A PEM file may
/// hold several.
///
/// # Errors
/// If the folder cannot be read.
pub fn certificates(root: &Root) -> Result<Vec<ReadCertificate>, SystemError> {
    certificates_within(root, CERTIFICATES)
}

/// [`certificates`], in that folder.
///
/// # Errors
/// If the folder cannot be read.
pub fn certificates_within(root: &Root, folder: &str) -> Result<Vec<ReadCertificate>, SystemError> {
    let mut all = Vec::new();
    let names = names(root, folder)?;
    for name in names.iter().filter(|name| is_certificate(name)) {
        let path = Path::new(folder).join(OsStr::from_bytes(name));
        let Some(content) = root.read(&path, CERTIFICATE_MAX).transpose() else {
            continue;
        };
        let ders = content
            .map_err(CertificateFileError::from)
            .and_then(|content| Ok(certificates_in(&content)?));
        let read: Vec<_> = match ders {
            Ok(ders) => {
                let read = |der| Certificate::from_der(der).map_err(CertificateFileError::from);
                ders.into_iter().map(read).collect()
            }
            Err(error) => vec![Err(error)],
        };
        let path = root.display(&path);
        all.extend(read.into_iter().map(|read| (path.clone(), read)));
    }
    Ok(all)
}

/// The certificates of that root that can be used; the other ones are logged.
///
/// # Errors
/// If the folder cannot be read.
pub fn usable_certificates(root: &Root) -> Result<Vec<(PathBuf, Certificate)>, SystemError> {
    let mut usable = Vec::new();
    for (path, certificate) in certificates(root)? {
        match certificate {
            Ok(certificate) => usable.push((path, certificate)),
            Err(error) => warn_once(format_args!("not used: '{}': {error}", shown(&path))),
        }
    }
    Ok(usable)
}

/// A file in the folder that is not read. Prints as a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedFile {
    /// As people outside the root name it.
    pub path: PathBuf,
    /// The end of the sentence.
    why: &'static str,
}

impl fmt::Display for UnusedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not used: {}", shown(&self.path), self.why)
    }
}

/// Logs, once in a process, that a certificate's dates are not those of today. It is used all the same.
///
/// SPEC: `x509_cert_parse()` reads the dates, and nothing in crypto/asymmetric_keys or security/integrity looks at them.
pub fn warn_of_dates(path: &Path, der: &[u8]) {
    if let Some(dates) = out_of_date(der, SystemTime::now()) {
        warn_once(format_args!(
            "the certificate '{}' {dates}, and is used all the same: the kernel does not look at dates",
            shown(path)
        ));
    }
}

/// What [`certificates`] does not read, by name: files with another ending, folders, links.
///
/// # Errors
/// If the folder cannot be read.
pub fn unused_files(root: &Root) -> Result<Vec<UnusedFile>, SystemError> {
    let mut unused = Vec::new();
    for name in names(root, CERTIFICATES)? {
        let path = Path::new(CERTIFICATES).join(OsStr::from_bytes(&name));
        let why = match root.open_file(&path) {
            _ if !is_certificate(&name) => "its name ends neither in .pem nor in .der",
            Ok(None) => "it is no regular file, nor is a link one",
            // Read, or reported as what cannot be.
            Ok(Some(_)) | Err(_) => continue,
        };
        let path = root.display(&path);
        unused.push(UnusedFile { path, why });
    }
    Ok(unused)
}

fn names(root: &Root, folder: &str) -> Result<Vec<Vec<u8>>, SystemError> {
    let folder = root.open_folder(Path::new(folder))?;
    let names = folder.map(|folder| folder.names()).transpose()?;
    let mut names = names.unwrap_or_default();
    names.sort();
    Ok(names)
}

fn is_certificate(name: &[u8]) -> bool {
    name.ends_with(b".pem") || name.ends_with(b".der")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    #[test]
    fn everything_in_the_folder_is_read_or_named() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(CERTIFICATES);
        fs::create_dir_all(folder.join("sub.pem")).unwrap();
        for name in ["a.pem", "b.der", "ima.crt", "README"] {
            fs::write(folder.join(name), "").unwrap();
        }
        symlink("a.pem", folder.join("link.pem")).unwrap();
        let root = Root::open(root.path()).unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let read = certificates(&root).unwrap();
        let read: Vec<_> = read.iter().map(|(path, _)| name(path)).collect();
        assert_eq!(read, ["a.pem", "b.der"]);
        let others = unused_files(&root).unwrap();
        let named: Vec<_> = others.iter().map(|other| name(&other.path)).collect();
        assert_eq!(named, ["README", "ima.crt", "link.pem", "sub.pem"]);
        assert!(
            others[1]
                .to_string()
                .ends_with("ima.crt' is not used: its name ends neither in .pem nor in .der")
        );
    }

    #[test]
    fn dates_are_told_on_both_sides() {
        use crate::keys::held::sample::{SampleKey, certificate};
        let der = certificate(SampleKey::A).der;
        let told = |year: u64| {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs((year - 1970) * 31_557_600);
            out_of_date(&der, now).map(|dates| dates.to_string())
        };
        assert_eq!(
            told(2020).unwrap(),
            "is not valid before 2026-11-27T12:42:03Z"
        );
        assert_eq!(told(2050), None);
        assert_eq!(told(2130).unwrap(), "expired on 2126-11-03T12:42:03Z");
    }
}
