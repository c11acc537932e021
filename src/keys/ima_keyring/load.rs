//! Certificates of `/etc/keys/ima` into the keyring.

use std::path::PathBuf;

use super::find::ensure;
use super::{AddError, KeyringError, KeyringKind};
use crate::format::ima::{KeyId, certificates_in, key_id_of};
use crate::keys::certificates::certificate_files;
use crate::machine::root::Root;
use crate::machine::sys::{Serial, add_key};

/// What became of one certificate.
#[derive(Debug)]
pub struct LoadedCertificate {
    /// The file that it is in, as people name it.
    pub path: PathBuf,
    /// Its key's id, or why it is not in the keyring.
    pub result: Result<KeyId, AddError>,
}

/// Adds every certificate of that root to the keyring, which is made if root has to make it. One that
/// is there already stays, and one that cannot be added does not keep the others out.
///
/// # Errors
/// If there is no keyring to add to.
pub fn load(root: &Root) -> Result<(KeyringKind, Vec<LoadedCertificate>), KeyringError> {
    let files = certificate_files(root)?;
    let (kind, keyring) = ensure()?;
    let mut loaded = Vec::new();
    for (path, content) in files {
        let added = match content.map(|content| certificates_in(&content)) {
            Ok(Ok(found)) => found.iter().map(|der| add(der, kind, keyring)).collect(),
            Ok(Err(error)) => vec![Err(error.into())],
            Err(error) => vec![Err(error.into())],
        };
        loaded.extend(added.into_iter().map(|result| LoadedCertificate {
            path: path.clone(),
            result,
        }));
    }
    Ok((kind, loaded))
}

/// SPEC: a key of the same description takes the other's place, so adding twice is adding once.
fn add(der: &[u8], kind: KeyringKind, keyring: Serial) -> Result<KeyId, AddError> {
    let key_id = key_id_of(der)?;
    add_key(c"asymmetric", None, der, keyring).map_err(|error| AddError::of(error, kind))?;
    Ok(key_id)
}
