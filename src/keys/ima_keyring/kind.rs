//! The two kinds of IMA keyring.

/// Which of its two keyrings a kernel verifies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringKind {
    /// `_ima`: root makes it and fills it. Debian's kernels.
    Own,
    /// `.ima`: the kernel makes it, and takes only what a key signed that it trusts. Ubuntu's kernels.
    Trusted,
}

impl KeyringKind {
    /// The keyring's description in `/proc/keys`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "_ima",
            Self::Trusted => ".ima",
        }
    }
}
