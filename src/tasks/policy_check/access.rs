//! The accesses to a file that a policy may be asked about. Pure.

use crate::format::kernel_file::KernelFile;
use crate::format::policy::{Access, Hook, Mask, Subject};
use crate::machine::walk::ProgramFile;

/// Execute bits of all but the owner.
const EXECUTE_BITS_OF_OTHERS: u32 = 0o011;
/// Read bits of all but the owner.
const READ_BITS_OF_OTHERS: u32 = 0o044;

impl ProgramFile {
    /// Every access that is to be expected, by root and by others.
    pub(in crate::tasks) fn accesses(&self) -> Vec<Access> {
        let mut accesses = Vec::new();
        let mut add = |hook, mask, subject| {
            accesses.push(Access {
                hook,
                mask,
                subject,
                fs_magic: self.fs_magic,
                owner: self.owner,
                group: self.group,
            });
        };
        let loads = |kind| self.kernel_file() == Some(kind);
        let is_executed = self.is_executed();
        for (hook, mask, expected) in [
            (Hook::BprmCheck, Mask::Exec, is_executed),
            (Hook::CredsCheck, Mask::Exec, is_executed),
            (Hook::MmapCheck, Mask::Exec, self.is_mapped()),
            (Hook::ModuleCheck, Mask::Read, loads(KernelFile::Module)),
            (Hook::FirmwareCheck, Mask::Read, loads(KernelFile::Firmware)),
            (
                Hook::KexecKernelCheck,
                Mask::Read,
                loads(KernelFile::Kernel),
            ),
            (Hook::FileCheck, Mask::Exec, is_executed),
            (Hook::FileCheck, Mask::Read, true),
        ] {
            if expected {
                add(hook, mask, Subject::Root);
                if self.is_for_others(hook, mask) {
                    add(hook, mask, Subject::AnyoneElse);
                }
            }
        }
        accesses
    }

    /// Whether someone other than root can have the access. A program of root's may be executed by others only if its
    /// mode says so; owners can make theirs executable.
    const fn is_for_others(&self, hook: Hook, mask: Mask) -> bool {
        match (hook, mask) {
            (Hook::BprmCheck | Hook::CredsCheck, _) | (Hook::FileCheck, Mask::Exec) => {
                self.owner != 0 || self.mode & EXECUTE_BITS_OF_OTHERS != 0
            }
            (Hook::MmapCheck | Hook::FileCheck, _) => {
                self.owner != 0 || self.mode & READ_BITS_OF_OTHERS != 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_follow_from_mode_kind_and_place() {
        use Hook::{BprmCheck, CredsCheck, FileCheck, FirmwareCheck, MmapCheck, ModuleCheck};
        for (path, mode, is_elf, root, others) in [
            (
                "/usr/bin/x",
                0o755,
                true,
                &[BprmCheck, CredsCheck, MmapCheck, FileCheck, FileCheck][..],
                5,
            ),
            (
                "/usr/bin/x",
                0o700,
                false,
                &[BprmCheck, CredsCheck, FileCheck, FileCheck],
                0,
            ),
            ("/usr/lib/l.so", 0o644, true, &[MmapCheck, FileCheck], 2),
            (
                "/usr/lib/modules/6/a.ko",
                0o644,
                true,
                &[ModuleCheck, FileCheck],
                1,
            ),
            (
                "/lib/firmware/a.bin",
                0o644,
                false,
                &[FirmwareCheck, FileCheck],
                1,
            ),
            (
                "/srv/lib/modules/a.ko",
                0o644,
                true,
                &[MmapCheck, FileCheck],
                2,
            ),
        ] {
            let file = ProgramFile {
                path: path.into(),
                mode,
                owner: 0,
                group: 0,
                fs_magic: 1,
                is_elf,
            };
            let accesses = file.accesses();
            let of = |subject| {
                accesses
                    .iter()
                    .filter(move |access| access.subject == subject)
            };
            let hooks: Vec<_> = of(Subject::Root).map(|access| access.hook).collect();
            assert_eq!(
                (hooks.as_slice(), of(Subject::AnyoneElse).count()),
                (root, others),
                "{path}"
            );
        }
    }
}
