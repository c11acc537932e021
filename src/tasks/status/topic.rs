//! What the lines are about.

use std::fmt;

/// One thing that must work before a machine enforces, or that is worth knowing then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What the kernel was built with.
    KernelOptions,
    /// What the kernel was told.
    CommandLine,
    /// Whether anything is refused.
    Enforcement,
    /// The keyring that IMA verifies with.
    Keyring,
    /// Our keys in it.
    Keys,
    /// The keys that are revoked.
    Revoked,
    /// The kinds of signature that the kernel verifies.
    Algorithms,
    /// One filesystem.
    Filesystem,
    /// Our hooks and our trigger.
    Hooks,
    /// Whether a guard can start.
    Guard,
    /// The policy of the next boot.
    Policy,
    /// The initramfs of this kernel.
    Initramfs,
    /// The programs and libraries.
    Programs,
    /// What boots the machine.
    NextBoot,
    /// When scripts are appraised.
    Scripts,
}

impl Topic {
    /// The words for it, in lines of text and in `--json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KernelOptions => "kernel options",
            Self::CommandLine => "kernel command line",
            Self::Enforcement => "enforcement",
            Self::Keyring => "keyring",
            Self::Keys => "keys",
            Self::Revoked => "revoked keys",
            Self::Algorithms => "algorithms",
            Self::Filesystem => "filesystem",
            Self::Hooks => "hooks and trigger",
            Self::Guard => "guard",
            Self::Policy => "policy",
            Self::Initramfs => "initramfs",
            Self::Programs => "programs",
            Self::NextBoot => "next boot",
            Self::Scripts => "scripts",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
