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

    /// The name under which the kernel has the module of such a path once it is loaded; none if it is no [`Self::Module`].
    ///
    /// SPEC: `name-fix-token` of the kernel's scripts/Makefile.lib: the file's name, with `-` and `,` as `_`.
    #[must_use]
    pub fn module_name(path: &[u8]) -> Option<Vec<u8>> {
        if Self::at(path) != Some(Self::Module) {
            return None;
        }
        let stem = SUFFIXES
            .iter()
            .find_map(|suffix| name(path).strip_suffix(*suffix))?;
        let plain = |&byte: &u8| if b"-,".contains(&byte) { b'_' } else { byte };
        Some(stem.iter().map(plain).collect())
    }
}

/// How the names of modules end, compressed or not.
const SUFFIXES: [&[u8]; 4] = [b".ko", b".ko.xz", b".ko.gz", b".ko.zst"];

fn is_module(path: &[u8]) -> bool {
    SUFFIXES.iter().any(|suffix| path.ends_with(suffix))
}

fn is_kernel(path: &[u8]) -> bool {
    let name = name(path);
    name.starts_with(b"vmlinuz") || name.starts_with(b"vmlinux")
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
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

    #[test]
    fn a_loaded_module_has_the_name_of_its_file() {
        for (path, name) in [
            ("lib/modules/6.1/kernel/fs/ext4/ext4.ko", Some("ext4")),
            (
                "usr/lib/modules/6.1/snd-hda-intel.ko.zst",
                Some("snd_hda_intel"),
            ),
            ("lib/modules/6.1/updates/dkms/my_own.ko.xz", Some("my_own")),
            ("lib/modules/6.1/modules.dep", None),
            ("srv/ext4.ko", None),
        ] {
            let expected = name.map(|name| name.as_bytes().to_vec());
            assert_eq!(KernelFile::module_name(path.as_bytes()), expected, "{path}");
        }
    }
}
