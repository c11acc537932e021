//! The key that a user names, whatever holds it.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::file_signer::FileSigner;
use super::token::TokenSigner;
use super::{KeyError, Secret, Signer};
use crate::format::pkcs11_uri::is_pkcs11_uri;

/// What opens a key, if it is locked.
pub struct Secrets {
    /// Of a file.
    pub passphrase: Secret,
    /// Of a token, unless its URI says where the PIN is.
    pub pin: Secret,
}

/// Makes a key ready to sign: that of a file, or, if `key` is a PKCS#11 URI, one in a token. It matches its certificate, which
/// a PKCS#12 file has with the key.
///
/// # Errors
/// If one of the two is of no use, or they do not match.
pub fn load_signer(
    key: &Path,
    certificate: Option<&Path>,
    secrets: &Secrets,
) -> Result<Box<dyn Signer>, KeyError> {
    let uri = key.as_os_str();
    if is_pkcs11_uri(uri) {
        let signer = TokenSigner::load(uri.as_bytes(), certificate, &secrets.pin)?;
        return Ok(Box::new(signer));
    }
    let signer = FileSigner::load(key, certificate, &secrets.passphrase)?;
    Ok(Box::new(signer))
}
