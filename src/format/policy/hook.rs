//! Kinds of access that the kernel appraises, by the names it has for them.

use super::Mask;

/// A kind of access: what `func=` of a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// A file is opened.
    FileCheck,
    /// A file is mapped executable.
    MmapCheck,
    /// A program is executed, judged by the credentials of the process that executes it.
    BprmCheck,
    /// A program is executed, judged by the credentials it will have, after set-user-ID.
    CredsCheck,
    /// A kernel module is loaded.
    ModuleCheck,
    /// Firmware is loaded.
    FirmwareCheck,
    /// A kernel for kexec is loaded.
    KexecKernelCheck,
    /// An initramfs for kexec is loaded.
    KexecInitramfsCheck,
    /// An IMA policy is loaded by its path.
    PolicyCheck,
    /// A kernel's command line for kexec: no file, so only measured.
    KexecCmdline,
    /// A key is added to a keyring: no file, so only measured.
    KeyCheck,
    /// Data of a kernel subsystem: no file, so only measured.
    CriticalData,
    /// A label is written: the digest algorithms that it may use.
    SetxattrCheck,
}

/// SPEC: `func=`, with the two old names that the kernel still takes.
const NAMES: [(&str, Hook); 15] = [
    ("BPRM_CHECK", Hook::BprmCheck),
    ("CREDS_CHECK", Hook::CredsCheck),
    ("CRITICAL_DATA", Hook::CriticalData),
    ("FILE_CHECK", Hook::FileCheck),
    ("FILE_MMAP", Hook::MmapCheck),
    ("FIRMWARE_CHECK", Hook::FirmwareCheck),
    ("KEXEC_CMDLINE", Hook::KexecCmdline),
    ("KEXEC_INITRAMFS_CHECK", Hook::KexecInitramfsCheck),
    ("KEXEC_KERNEL_CHECK", Hook::KexecKernelCheck),
    ("KEY_CHECK", Hook::KeyCheck),
    ("MMAP_CHECK", Hook::MmapCheck),
    ("MODULE_CHECK", Hook::ModuleCheck),
    ("PATH_CHECK", Hook::FileCheck),
    ("POLICY_CHECK", Hook::PolicyCheck),
    ("SETXATTR_CHECK", Hook::SetxattrCheck),
];

impl Hook {
    /// What a program meets that is executed, and a library that it maps, all with [`Mask::Exec`]: to be executed, a file is
    /// opened so too.
    ///
    /// SPEC: `do_open_execat()`, fs/exec.c, whose `acc_mode` goes to `ima_file_check()`.
    pub const OF_EXECUTION: [Self; 4] = [
        Self::BprmCheck,
        Self::CredsCheck,
        Self::MmapCheck,
        Self::FileCheck,
    ];

    /// The hook of that name in a policy; none if the oldest supported kernel has no such.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, hook)| *hook)
    }

    /// Whether the kernel measures it and never appraises it.
    pub(super) const fn is_only_measured(self) -> bool {
        matches!(
            self,
            Self::KexecCmdline | Self::KeyCheck | Self::CriticalData
        )
    }

    /// The permission that the kernel mostly asks for: but see [`Self::OF_EXECUTION`]. Writing is not looked at here.
    ///
    /// SPEC: `ima_file_mmap()`, `ima_bprm_check()`, `ima_post_read_file()`, ima_main.c.
    #[must_use]
    pub const fn mask(self) -> Mask {
        match self {
            Self::MmapCheck | Self::BprmCheck | Self::CredsCheck => Mask::Exec,
            _ => Mask::Read,
        }
    }

    /// Whether a rule of it may have a word of that name, if its action may.
    pub(super) fn takes(self, name: &str) -> bool {
        let is_of_process =
            ["func", "uid or euid", "gid or egid", "pcr", "template"].contains(&name);
        match self {
            Self::ModuleCheck | Self::KexecKernelCheck | Self::KexecInitramfsCheck => {
                name != "digest_type"
            }
            Self::KexecCmdline => !["mask", "digest_type", "permit_directio"].contains(&name),
            Self::KeyCheck => is_of_process || name == "keyrings",
            Self::CriticalData => is_of_process || name == "label",
            Self::SetxattrCheck => ["func", "appraise_algos"].contains(&name),
            _ => true,
        }
    }

    /// Whether a rule of it may name the effective user or group of the process.
    pub(super) const fn takes_effective(self) -> bool {
        !matches!(self, Self::KeyCheck | Self::CriticalData)
    }

    /// What is done to the file, as a verb for messages: "execute".
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::FileCheck => "open",
            Self::MmapCheck => "map",
            Self::BprmCheck | Self::CredsCheck => "execute",
            Self::ModuleCheck => "load module",
            Self::FirmwareCheck => "load firmware",
            Self::KexecKernelCheck | Self::KexecInitramfsCheck => "kexec",
            Self::PolicyCheck => "load policy",
            Self::KexecCmdline | Self::KeyCheck | Self::CriticalData => "measure",
            Self::SetxattrCheck => "label",
        }
    }
}
