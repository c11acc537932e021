//! The certificates that a machine keeps for IMA.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::root::Root;
use crate::system::SystemError;

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
    names.retain(|name| name.ends_with(b".pem") || name.ends_with(b".der"));
    names.sort();
    let read = |name: Vec<u8>| {
        let path = Path::new(CERTIFICATES).join(OsStr::from_bytes(&name));
        let content = root.read(&path, CERTIFICATE_MAX).transpose()?;
        Some((root.display(&path), content))
    };
    Ok(names.into_iter().filter_map(read).collect())
}
