//! The initramfs images in /boot.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::image_maker::ImageMaker;
use super::image_sources::{newer_than, written};
use super::policy_file::read_policy;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;

/// How their names begin; the kernel's version follows.
const START: &[u8] = b"initrd.img-";

/// Those whose kernels are there, beneath the root, and when each was made. Their makers leave the others alone.
pub(in crate::tasks) fn images(root: &Root) -> Result<Vec<(PathBuf, SystemTime)>, SystemError> {
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

/// Images of which the oldest has not all that goes into them now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'/{}' is newer than an initramfs in /boot, which has copies of certificates and policy", shown(.newer))]
pub struct OutdatedImages {
    /// What has changed since an image was made, beneath the root.
    newer: PathBuf,
    maker: ImageMaker,
}

impl OutdatedImages {
    /// The command that helps.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.maker.all_anew()
    }
}

/// Whether an image lacks something; none if all images have all, or nothing makes any.
///
/// # Errors
/// If that cannot be told.
pub(in crate::tasks) fn outdated_images(
    root: &Root,
) -> Result<Option<OutdatedImages>, SystemError> {
    let Some(maker) = ImageMaker::of(root)? else {
        return Ok(None);
    };
    let oldest = images(root)?.into_iter().map(|(_, made)| made).min();
    let newer = oldest.map(|made| newer_than(root, made)).transpose()?;
    Ok(newer.flatten().map(|newer| OutdatedImages { newer, maker }))
}

/// [`outdated_images`] of a machine that enforces: under its policy the next boot may stop, where labels by another key were
/// written since, or a key was revoked.
///
/// # Errors
/// If that cannot be told.
pub fn images_to_make(root: &Root) -> Result<Option<OutdatedImages>, SystemError> {
    match read_policy(root)? {
        Some(_) => outdated_images(root),
        None => Ok(None),
    }
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

    #[test]
    fn a_certificate_that_came_later_is_in_no_image() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let write = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
            // What is written next has a later time, whatever the clock of the filesystem.
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        write("usr/share/initramfs-tools/hook-functions");
        write("etc/keys/ima/old.pem");
        write("boot/vmlinuz-6.1");
        write("boot/initrd.img-6.1");
        assert_eq!(outdated_images(&root).unwrap(), None);
        write("etc/keys/ima/new.pem");
        let outdated = outdated_images(&root).unwrap().unwrap();
        assert_eq!(outdated.hint(), "update-initramfs -u -k all");
        // Where no policy is loaded, images need no certificates.
        assert_eq!(images_to_make(&root).unwrap(), None);
        write("etc/dpkg-ima/policy");
        let message = images_to_make(&root).unwrap().unwrap().to_string();
        assert!(message.starts_with("'/etc/"), "{message}");
        write("boot/initrd.img-6.1");
        assert_eq!(images_to_make(&root).unwrap(), None);
    }
}
