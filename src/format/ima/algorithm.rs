//! The hash algorithms of digests that are signed.

use std::fmt;

/// A hash algorithm that we sign with; the kernel knows more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256, the default of `sign`.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// All algorithms, the weakest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name: the keyword in a signature list, and the value of `--hash`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The algorithm of that [`Self::name`]; none if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The number that stands for it in `security.ima`.
    ///
    /// SPEC: `enum hash_algo`, `include/uapi/linux/hash_info.h`.
    #[must_use]
    pub const fn kernel_number(self) -> u8 {
        match self {
            Self::Sha256 => 4,
            Self::Sha384 => 5,
            Self::Sha512 => 6,
        }
    }

    /// The algorithm of that [`Self::kernel_number`]; none if the number stands for another, or for nothing.
    #[must_use]
    pub fn from_kernel_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.kernel_number() == number)
    }

    /// Length of its digests in bytes.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
