//! What makes the initramfs images of a machine: initramfs-tools or dracut.

use std::path::Path;

use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// A maker of images. On Debian both name them `/boot/initrd.img-VERSION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tasks) enum ImageMaker {
    /// Debian's own.
    InitramfsTools,
    /// As Debian's package `dracut` runs it, for each kernel that is installed.
    Dracut,
}

impl ImageMaker {
    /// The one of that root; none if there is neither. Dracut's program does nothing by itself, and may be there beside
    /// initramfs-tools.
    ///
    /// # Errors
    /// If that cannot be told.
    pub(in crate::tasks) fn of(root: &Root) -> Result<Option<Self>, SystemError> {
        let has = |path: &str| {
            let metadata = root.metadata_followed(Path::new(path));
            metadata.map(|metadata| metadata.is_some())
        };
        if has("usr/share/initramfs-tools/hook-functions")? {
            return Ok(Some(Self::InitramfsTools));
        }
        let runs = has("usr/bin/dracut")? && has("etc/kernel/postinst.d/dracut")?;
        Ok(runs.then_some(Self::Dracut))
    }

    /// What takes keys, policy and helper into images, beneath the root.
    pub(in crate::tasks) const fn hook(self) -> &'static str {
        match self {
            Self::InitramfsTools => "usr/share/initramfs-tools/hooks/dpkg-ima",
            Self::Dracut => "usr/lib/dracut/modules.d/98dpkg-ima/module-setup.sh",
        }
    }

    /// What makes all images anew, for people to read: any of them may be the next to boot. systemd-boot boots copies, which
    /// dracut does not make.
    pub(in crate::tasks) const fn all_anew(self) -> &'static str {
        match self {
            Self::InitramfsTools => "update-initramfs -u -k all",
            Self::Dracut => {
                "dracut --force /boot/initrd.img-VERSION VERSION, for each kernel; with systemd-boot then kernel-install \
                 add, as dpkg-ima-helper(8) says"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_one_that_makes_images_is_told_from_what_is_only_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        for (path, maker) in [
            ("usr/bin/true", None),
            ("usr/bin/dracut", None),
            ("etc/kernel/postinst.d/dracut", Some(ImageMaker::Dracut)),
            (
                "usr/share/initramfs-tools/hook-functions",
                Some(ImageMaker::InitramfsTools),
            ),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            assert_eq!(ImageMaker::of(&root).unwrap(), maker, "{path:?}");
        }
    }
}
