//! Has the initramfs images in /boot made anew.

use super::error::SetupError;
use super::{systemd_boot, tool};
use crate::machine::root::Root;
use crate::tasks::boot::{ImageMaker, images};

/// Has all of them made anew, if something makes them, and where systemd-boot boots them: a machine may boot an older kernel,
/// and `--undo` must leave the policy in none.
///
/// # Errors
/// If one could not be made.
pub(super) fn refresh(root: &Root) -> Result<(), SetupError> {
    match ImageMaker::of(root)? {
        None => Ok(()),
        Some(ImageMaker::InitramfsTools) => tool::run("update-initramfs", &["-u", "-k", "all"]),
        Some(ImageMaker::Dracut) => {
            for (image, _) in images(root)? {
                // Versions of kernels are plain text; of no other name there is an image of dracut's.
                let version = image
                    .to_str()
                    .and_then(|path| path.split_once("initrd.img-"));
                if let Some((folder, version)) = version {
                    let image = format!("/{folder}initrd.img-{version}");
                    tool::run("dracut", &["--quiet", "--force", &image, version])?;
                }
            }
            // systemd-boot boots a copy, which only update-initramfs has made anew.
            match systemd_boot::is_there(root)? {
                true => systemd_boot::install_all(root),
                false => Ok(()),
            }
        }
    }
}
