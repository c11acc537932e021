//! Loads the certificates of `/etc/keys/ima` into the IMA keyring.

use std::path::PathBuf;

use super::find::ensure;
use super::{AddError, KeyringError, KeyringKind};
use crate::format::ima::KeyId;
use crate::keys::certificates::{Certificate, certificates, warn_of_dates};
use crate::keys::revocations::Revocations;
use crate::machine::root::Root;
use crate::machine::sys::{Serial, add_key};

/// The result of loading one certificate.
#[derive(Debug)]
pub struct LoadedCertificate {
    /// The file that it is in, as people outside the root name it.
    pub path: PathBuf,
    /// Its key's id, or why it is not in the keyring.
    pub result: Result<KeyId, AddError>,
}

/// Adds every certificate of that root to the IMA keyring, which is made if root has to make it. If one cannot be
/// added, the others are all the same.
///
/// # Errors
/// If there is no keyring to add to.
pub fn load(root: &Root) -> Result<(KeyringKind, Vec<LoadedCertificate>), KeyringError> {
    load_without(root, &Revocations::default())
}

/// [`load`], without the certificates of keys that are revoked: an initramfs may have them still.
///
/// # Errors
/// As [`load`].
pub fn load_without(
    root: &Root,
    revoked: &Revocations,
) -> Result<(KeyringKind, Vec<LoadedCertificate>), KeyringError> {
    let mut certificates = certificates(root)?;
    certificates.retain(|(_, certificate)| {
        let key = certificate.as_ref().map(|certificate| certificate.key_id);
        !key.is_ok_and(|key| revoked.contains(key))
    });
    let (kind, keyring) = ensure()?;
    let load = |(path, certificate): (PathBuf, Result<Certificate, _>)| {
        let added = |certificate: Certificate| {
            warn_of_dates(&path, &certificate.der);
            add(&certificate, kind, keyring)
        };
        let result = certificate.map_err(AddError::from).and_then(added);
        LoadedCertificate { path, result }
    };
    Ok((kind, certificates.into_iter().map(load).collect()))
}

/// SPEC: a key of the same description takes the other's place, so adding twice is adding once.
fn add(certificate: &Certificate, kind: KeyringKind, keyring: Serial) -> Result<KeyId, AddError> {
    let added = add_key(c"asymmetric", None, &certificate.der, keyring);
    added.map_err(|error| AddError::of(error, kind))?;
    Ok(certificate.key_id)
}
