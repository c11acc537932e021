//! A private key in PEM.

use std::path::Path;

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};

use super::{KeyError, Secret};
use crate::machine::error::shown;

/// The private key in the content of a file. The passphrase is obtained only if it is encrypted.
pub(super) fn open_pem(
    pem: &[u8],
    path: &Path,
    passphrase: &Secret,
) -> Result<PKey<Private>, KeyError> {
    // Whether the passphrase was obtained; none if OpenSSL never asked for it.
    let mut asked = None;
    let key = PKey::private_key_from_pem_callback(pem, |buffer| {
        let known = passphrase_of(path, passphrase);
        let copied = known.as_ref().map(|text| fill(buffer, text.as_bytes()));
        let length = copied.unwrap_or(Some(0));
        asked = Some(known.map(drop));
        length.ok_or_else(ErrorStack::get)
    });
    match (key, asked) {
        (_, Some(Err(error))) => Err(error),
        (Ok(key), _) => Ok(key),
        (Err(_), Some(Ok(()))) => Err(KeyError::WrongPassphrase(path.to_owned())),
        (Err(_), None) => Err(KeyError::NotPem(path.to_owned())),
    }
}

/// The passphrase for the key in that file.
pub(super) fn passphrase_of(path: &Path, passphrase: &Secret) -> Result<String, KeyError> {
    let obtained = passphrase.obtain(format_args!("Passphrase for {}", shown(path)))?;
    obtained.ok_or_else(|| KeyError::NoPassphrase(path.to_owned()))
}

/// Copies the passphrase, and returns its length; none if there is no room for it.
fn fill(buffer: &mut [u8], passphrase: &[u8]) -> Option<usize> {
    let room = buffer.get_mut(..passphrase.len())?;
    room.copy_from_slice(passphrase);
    Some(passphrase.len())
}
