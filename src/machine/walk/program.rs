//! A file that may be executed, mapped or loaded. Pure.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::format::kernel_file::KernelFile;

/// Permission bits of a mode.
pub(super) const PERMISSIONS: u32 = 0o7777;
/// The first bytes of machine code. SPEC: elf(5).
pub(super) const ELF: &[u8; 4] = b"\x7fELF";
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

    /// Whether the kernel loads it as a module, which no loader maps.
    #[must_use]
    pub fn is_module(&self) -> bool {
        self.kernel_file() == Some(KernelFile::Module)
    }

    /// What the kernel loads from it by itself.
    #[must_use]
    pub fn kernel_file(&self) -> Option<KernelFile> {
        let path = self.path.as_os_str().as_bytes();
        KernelFile::at(path.strip_prefix(b"/").unwrap_or(path))
    }
}
