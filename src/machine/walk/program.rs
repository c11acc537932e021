//! A file that may be executed, mapped or loaded. Pure.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Execute bits of everyone.
const EXECUTE_BITS: u32 = 0o111;

/// The properties of a regular file that say what it is for, and that policies look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// From the root.
    pub path: PathBuf,
    /// Permission bits.
    pub mode: u32,
    /// The owner's user id.
    pub owner: u32,
    /// The group's id.
    pub group: u32,
    /// The kind of its filesystem, as statfs(2) numbers them.
    pub fs_magic: u64,
    /// Whether it starts as machine code does (ELF).
    pub is_elf: bool,
}

impl ProgramFile {
    /// Whether it is executed, or mapped by a loader.
    #[must_use]
    pub fn is_program(&self) -> bool {
        self.is_executed() || self.is_mapped()
    }

    /// Whether a user may execute it: it has an execute bit.
    #[must_use]
    pub const fn is_executed(&self) -> bool {
        self.mode & EXECUTE_BITS != 0
    }

    /// Whether a loader maps it: machine code that is no kernel module.
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        self.is_elf && !self.is_module()
    }

    /// Whether it is a kernel module, by its name and place.
    #[must_use]
    pub fn is_module(&self) -> bool {
        let path = self.path.as_os_str().as_bytes();
        let ends = [".ko", ".ko.xz", ".ko.gz", ".ko.zst"];
        let named = ends.iter().any(|end| path.ends_with(end.as_bytes()));
        named && self.is_below("lib/modules")
    }

    /// Whether it is firmware, by its place.
    #[must_use]
    pub fn is_firmware(&self) -> bool {
        self.is_below("lib/firmware")
    }

    /// Whether it is a kernel, by its name and place.
    #[must_use]
    pub fn is_kernel(&self) -> bool {
        let name = self.path.file_name().unwrap_or_default();
        name.as_bytes().starts_with(b"vmlinu") && self.is_below("boot")
    }

    /// Whether it is beneath that folder or the one of that name in /usr, which are one where /usr is merged.
    fn is_below(&self, folder: &str) -> bool {
        let path = self.path.strip_prefix("/").unwrap_or(&self.path);
        path.strip_prefix("usr").unwrap_or(path).starts_with(folder)
    }
}
