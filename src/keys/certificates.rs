//! The certificates that a machine keeps for IMA.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;

/// Where a machine keeps its certificates, beneath the root.
pub const CERTIFICATES: &str = "etc/keys/ima";
/// Largest certificate file that we read, in bytes.
pub const CERTIFICATE_MAX: u64 = 1 << 20;

/// A certificate file's path, as people outside the root name it, and what is in it.
type CertificateFile = (PathBuf, Result<Vec<u8>, SystemError>);

/// The `*.pem` and `*.der` files of that root, by name; none if the folder is missing.
///
/// # Errors
/// If the folder cannot be read.
pub fn certificate_files(root: &Root) -> Result<Vec<CertificateFile>, SystemError> {
    let Some(folder) = root.open_folder(Path::new(CERTIFICATES))? else {
        return Ok(Vec::new());
    };
    let mut names = folder.names()?;
    names.retain(|name| is_certificate(name));
    names.sort();
    let read = |name: Vec<u8>| {
        let path = Path::new(CERTIFICATES).join(OsStr::from_bytes(&name));
        let content = root.read(&path, CERTIFICATE_MAX).transpose()?;
        Some((root.display(&path), content))
    };
    Ok(names.into_iter().filter_map(read).collect())
}

/// Something in the folder that is not used. Prints as a message.
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

/// What [`certificate_files`] leaves out, by name: files with another name, folders, links.
///
/// # Errors
/// If the folder cannot be read.
pub fn unused_files(root: &Root) -> Result<Vec<UnusedFile>, SystemError> {
    let Some(folder) = root.open_folder(Path::new(CERTIFICATES))? else {
        return Ok(Vec::new());
    };
    let mut names = folder.names()?;
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let path = Path::new(CERTIFICATES).join(OsStr::from_bytes(&name));
        let why = match root.open_file(&path) {
            _ if !is_certificate(&name) => "its name ends neither in .pem nor in .der",
            Ok(None) => "it is no regular file, nor is a link one",
            // Read, or reported as what cannot be.
            Ok(Some(_)) | Err(_) => continue,
        };
        let path = root.display(&path);
        found.push(UnusedFile { path, why });
    }
    Ok(found)
}

fn is_certificate(name: &[u8]) -> bool {
    name.ends_with(b".pem") || name.ends_with(b".der")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

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
        let read: Vec<_> = certificate_files(&root).unwrap();
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
}
