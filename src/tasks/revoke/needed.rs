//! What the next boot needs, and what it takes to mend a machine.

use std::path::Path;

use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::{Identities, Identity, ProgramFile, WalkedFile};
use crate::tasks::boot::boot_files;

const INIT: &str = "/sbin/init";
/// Without these nobody logs in, mounts a disk, or installs anything.
const PROGRAMS: [&str; 14] = [
    "/bin/bash",
    "/bin/kmod",
    "/bin/login",
    "/bin/mount",
    "/bin/udevadm",
    "/lib/systemd/systemd-udevd",
    "/sbin/agetty",
    "/sbin/fsck",
    "/sbin/sulogin",
    "/usr/bin/apt-get",
    "/usr/bin/dpkg",
    "/usr/bin/dpkg-deb",
    "/usr/bin/dpkg-ima",
    "/usr/libexec/dpkg-ima/dpkg-ima-helper",
];

/// The files without which the machine would not boot, or could not be mended.
pub(super) struct NeededFiles(Identities);

impl NeededFiles {
    /// # Errors
    /// If one that is there cannot be examined.
    pub(super) fn of(root: &Root) -> Result<Self, SystemError> {
        let mut needed = Identities::default();
        let boot = boot_files(root, Path::new(INIT))?;
        let boot = boot.into_iter().map(|boot| (boot.path, boot.file));
        let mut files: Vec<_> = boot.collect();
        for program in PROGRAMS.map(Path::new) {
            files.push((program.to_owned(), root.open_file_followed(program)?));
        }
        for (path, file) in files {
            let metadata = file.map(|file| file.metadata()).transpose();
            let metadata = metadata.map_err(SystemError::at("examine", &root.display(&path)))?;
            if let Some(metadata) = metadata {
                needed.insert(Identity::from(&metadata));
            }
        }
        Ok(Self(needed))
    }

    /// Whether that file is one of them, or what the kernel itself loads: a module, firmware, another kernel.
    pub(super) fn has(&self, met: &WalkedFile<'_>, program: &ProgramFile) -> bool {
        self.0.contains(met.identity()) || program.kernel_file().is_some()
    }
}
