//! A file that may be executed, mapped or loaded. Pure.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Execute bits of everyone.
const EXECUTE_BITS: u32 = 0o111;

/// A regular file, as far as its content and its place say what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// From the root.
    pub path: PathBuf,
    /// Permission bits.
    pub mode: u32,
    /// Its owner.
    pub owner: u32,
    /// Its group.
    pub group: u32,
    /// The kind of its filesystem.
    pub fs_magic: u64,
    /// Whether it is machine code, which a loader maps.
    pub is_elf: bool,
}

impl ProgramFile {
    /// Whether it is executed, or mapped by a loader.
    #[must_use]
    pub fn is_program(&self) -> bool {
        self.is_executed() || self.is_mapped()
    }

    /// Whether someone may execute it.
    #[must_use]
    pub const fn is_executed(&self) -> bool {
        self.mode & EXECUTE_BITS != 0
    }

    /// Whether a loader maps it.
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

    /// Both sides of merged /usr.
    fn is_below(&self, folder: &str) -> bool {
        let path = self.path.strip_prefix("/").unwrap_or(&self.path);
        path.strip_prefix("usr").unwrap_or(path).starts_with(folder)
    }
}
