//! Which files of a package are signed: a decision on path, mode and first bytes alone.

use crate::format::kernel_file::KernelFile;
use crate::format::package_path::PackagePath;

/// How many bytes of a file's start [`Selection::takes`] looks at.
pub const START_LEN: usize = 4;

/// Any of the three execute bits.
const EXECUTE_BITS: u32 = 0o111;

/// Which files the user wants signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Files that can be executed, mapped executable, or loaded by the kernel.
    #[default]
    Executable,
    /// Every regular file, for policies that appraise what is read.
    All,
}

impl Selection {
    /// Whether a regular file is signed. `start` are its first four bytes, or all if it has fewer.
    #[must_use]
    pub fn takes(self, path: &PackagePath, mode: u32, start: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Executable => {
                self.takes_path(path) || mode & EXECUTE_BITS != 0 || is_program(start)
            }
        }
    }

    /// Whether a file is signed whatever its mode and content, as the kernel loads files with such paths.
    #[must_use]
    pub fn takes_path(self, path: &PackagePath) -> bool {
        self == Self::All || KernelFile::at(path.as_bytes()).is_some()
    }
}

/// ELF or script, even without an execute bit: libraries have none, and interpreters take scripts without one.
fn is_program(start: &[u8]) -> bool {
    start.starts_with(b"\x7fELF") || start.starts_with(b"#!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_and_what_the_kernel_loads() {
        let elf = b"\x7fELF".as_slice();
        for (taken, path, mode, start) in [
            (true, "usr/bin/ls", 0o755, elf),
            (true, "usr/lib/libc.so.6", 0o644, elf),
            (true, "usr/share/x/run", 0o644, b"#!/b"),
            (true, "usr/share/x/odd", 0o645, b"text"),
            (true, "usr/bin/empty", 0o755, b""),
            (true, "lib/modules/6.1/kernel/a.ko", 0o644, b"\x1f\x8b"),
            (true, "usr/lib/modules/6.1/a.ko.xz", 0o644, b"\xfd7zX"),
            (true, "lib/modules/6.1/a.ko.zst", 0o644, b""),
            (true, "lib/modules/6.1/a.ko.gz", 0o644, b""),
            (true, "usr/lib/modules/6.1/vmlinuz", 0o644, b"MZ"),
            (false, "lib/modules/6.1/modules.dep", 0o644, b"a"),
            (true, "lib/firmware/intel/a.bin", 0o644, b""),
            (true, "usr/lib/firmware/a.bin.xz", 0o644, b""),
            (true, "boot/vmlinuz-6.1", 0o600, b"MZ"),
            (true, "boot/vmlinux-6.1", 0o600, b"MZ"),
            (false, "boot/config-6.1", 0o644, b"# Li"),
            (false, "srv/boot/vmlinuz", 0o644, b"MZ"),
            (false, "usr/share/doc/x/copyright", 0o644, b"text"),
            (false, "usr/share/x/half", 0o644, b"#"),
            (false, "usr/share/x/a.ko", 0o644, b"text"),
            (false, "srv/lib/firmware/a", 0o644, b""),
        ] {
            let path = PackagePath::new(path.as_bytes()).unwrap();
            let takes = Selection::Executable.takes(&path, mode, start);
            assert_eq!(takes, taken, "{path:?}");
            assert!(Selection::All.takes(&path, mode, start));
        }
    }
}
