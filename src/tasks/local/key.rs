//! Whether this machine takes the signatures of a key.

use super::error::LocalError;
use crate::keys::signing::{Signer, Trust, system_keys};
use crate::machine::root::Root;

/// Refuses a key that this machine does not hold: neither its kernel, nor by a certificate that the kernel could be given. What
/// it signs would be refused, and look signed.
pub(super) fn ensure_held(root: &Root, signer: &dyn Signer) -> Result<(), LocalError> {
    let (key, held) = (signer.key_id(), system_keys(root));
    if held.is_revoked(key) {
        return Err(LocalError::Revoked(key));
    }
    let trust = Trust::of_root(root)?;
    let mut certificates = trust.certificates().iter();
    match held.holds(key) || certificates.any(|(_, certificate)| certificate.key_id == key) {
        true => Ok(()),
        false => Err(LocalError::NotHeld(key)),
    }
}
