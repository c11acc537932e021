//! One rule.

use super::Condition;

/// A rule: what is done about an access that fulfils every condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it is in the file, counted from 1.
    pub line: usize,
    /// What is done.
    pub action: Action,
    /// What kind of access; none: every kind.
    pub hook: Option<Hook>,
    /// All of them have to be fulfilled.
    pub conditions: Vec<Condition>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The access is refused unless the label is as demanded.
    Appraise(Demand),
    /// The label is not looked at.
    DontAppraise,
    /// `measure`, `audit`, `hash` and their opposites: they never refuse anything.
    Other,
}

/// What an appraised file needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// A hash of its content, or a signature: `appraise` without `appraise_type`.
    Hash,
    /// `appraise_type=imasig`; for modules and kernels an appended signature may do as well.
    Signature,
}

/// Kinds of access, by the kernel's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// A file is opened.
    FileCheck,
    /// A file is mapped executable.
    MmapCheck,
    /// A program is executed, judged by who executes it.
    BprmCheck,
    /// The same, judged by what the program will be, after set-user-ID.
    CredsCheck,
    /// A kernel module is loaded.
    ModuleCheck,
    /// Firmware is loaded.
    FirmwareCheck,
    /// A kernel for kexec is loaded.
    KexecKernelCheck,
    /// Its initramfs.
    KexecInitramfsCheck,
    /// An IMA policy is loaded by its path.
    PolicyCheck,
    /// No file: only measured.
    KexecCmdline,
    /// No file: only measured.
    KeyCheck,
    /// No file: only measured.
    CriticalData,
    /// A label is written.
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
    /// By the kernel's name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, hook)| *hook)
    }

    /// Whether the kernel only measures it.
    pub(super) const fn is_only_measured(self) -> bool {
        matches!(
            self,
            Self::KexecCmdline | Self::KeyCheck | Self::CriticalData
        )
    }

    /// Whether an appended signature may take the place of a label.
    pub(super) const fn takes_appended(self) -> bool {
        matches!(
            self,
            Self::ModuleCheck | Self::KexecKernelCheck | Self::KexecInitramfsCheck
        )
    }

    /// For people: what is refused.
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
