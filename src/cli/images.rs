//! What commands say of initramfs images that lack a certificate: the next boot stops if init is signed with its key.

use super::report::complain;
use crate::machine::root::Root;
use crate::tasks::boot::images_to_make;

/// Says whether an image is older than what goes into it, on a machine that enforces.
pub(super) fn complain_of_images(root: &Root) {
    match images_to_make(root) {
        Ok(None) => {}
        Ok(Some(outdated)) => complain(&outdated, Some(outdated.hint())),
        Err(error) => complain(&error, None),
    }
}
