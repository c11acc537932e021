//! The keys of a system, for commands that have OpenSSL.

use super::Trust;
use crate::keys::held::HeldKeys;
use crate::machine::root::Root;

/// The keys of the system. Where this kernel cannot verify by them, OpenSSL does by their certificates.
#[must_use]
pub fn system_keys(root: &Root) -> HeldKeys {
    let held = HeldKeys::of_system(root);
    match Trust::of_root(root) {
        Ok(trust) => held.backed_by(Box::new(trust)),
        Err(error) => {
            log::warn!("{error}");
            held
        }
    }
}
