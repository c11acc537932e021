//! The initramfs images in /boot.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::SetupError;
use super::{systemd_boot, tool};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::boot::{ImageMaker, written};

/// How their names begin; the kernel's version follows.
const START: &[u8] = b"initrd.img-";

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

/// Those whose kernels are there, beneath the root, and when each was made. Their makers leave the others alone.
pub(super) fn images(root: &Root) -> Result<Vec<(PathBuf, SystemTime)>, SystemError> {
    let boot = Path::new("boot");
    let folder = root.open_folder(boot)?;
    let names = folder.map(|folder| folder.names()).transpose()?;
    let names = names.unwrap_or_default();
    let has_kernel = |image: &[u8]| {
        let version = image.strip_prefix(START);
        version.is_some_and(|version| names.contains(&[b"vmlinuz-", version].concat()))
    };
    let mut images = Vec::new();
    for name in names.iter().filter(|name| has_kernel(name)) {
        let path = boot.join(OsStr::from_bytes(name));
        if let Some(made) = written(root, &path)? {
            images.push((path, made));
        }
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn images_without_their_kernels_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("boot")).unwrap();
        for name in ["vmlinuz-6.1", "initrd.img-6.1", "initrd.img-5.0"] {
            fs::write(folder.path().join("boot").join(name), "").unwrap();
        }
        let found = images(&Root::open(folder.path()).unwrap()).unwrap();
        let paths: Vec<_> = found.into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, [Path::new("boot/initrd.img-6.1")]);
    }
}
