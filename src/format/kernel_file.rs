//! The files that the kernel loads by itself, recognised by their paths.

/// What the kernel loads from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelFile {
    /// A module, appraised by rules with func=MODULE_CHECK.
    Module,
    /// Firmware, appraised by rules with func=FIRMWARE_CHECK.
    Firmware,
    /// A kernel for kexec, appraised by rules with func=KEXEC_KERNEL_CHECK.
    Kernel,
}

impl KernelFile {
    /// What the kernel loads from a path without a slash at its start; none for any other file. Both sides of the merged
    /// /usr count, since packages ship files on either.
    #[must_use]
    pub fn at(path: &[u8]) -> Option<Self> {
        let path = path.strip_prefix(b"usr/").unwrap_or(path);
        if path.starts_with(b"lib/firmware/") {
            return Some(Self::Firmware);
        }
        let is_module_folder = path.starts_with(b"lib/modules/");
        if is_module_folder && is_module(path) {
            return Some(Self::Module);
        }
        let has_kernels = is_module_folder || path.starts_with(b"boot/");
        (has_kernels && is_kernel(path)).then_some(Self::Kernel)
    }
}

fn is_module(path: &[u8]) -> bool {
    let suffixes: [&[u8]; 4] = [b".ko", b".ko.xz", b".ko.gz", b".ko.zst"];
    suffixes.iter().any(|suffix| path.ends_with(suffix))
}

fn is_kernel(path: &[u8]) -> bool {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    name.starts_with(b"vmlinuz") || name.starts_with(b"vmlinux")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_place_count_on_both_sides_of_merged_usr() {
        use KernelFile::{Firmware, Kernel, Module};
        for (path, loaded) in [
            ("lib/modules/6.1/kernel/a.ko", Some(Module)),
            ("usr/lib/modules/6.1/a.ko.xz", Some(Module)),
            ("lib/modules/6.1/modules.dep", None),
            ("srv/lib/modules/a.ko", None),
            ("lib/firmware/intel/a.bin", Some(Firmware)),
            ("usr/lib/firmware/a.ko", Some(Firmware)),
            ("lib/firmware", None),
            ("boot/vmlinuz-6.1", Some(Kernel)),
            ("usr/lib/modules/6.1/vmlinuz", Some(Kernel)),
            ("boot/config-6.1", None),
            ("srv/boot/vmlinuz", None),
        ] {
            assert_eq!(KernelFile::at(path.as_bytes()), loaded, "{path}");
        }
    }
}
