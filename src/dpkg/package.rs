//! The name under which dpkg keeps a package's files.

use std::fmt;

/// The folder in which dpkg unpacks control members.
const UNPACKING: &str = "tmp.ci";

/// A package as `info/` names it: `libc6:amd64` where it is Multi-Arch: same, `bash` otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// Longest name that we take, in bytes; a file name has no more than 255.
    const MAX: usize = 240;

    /// Takes a name that is also a file name without surprises.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte);
        let fits = !name.is_empty() && name.len() <= Self::MAX;
        (fits && name.bytes().all(plain) && !name.starts_with('.')).then(|| Self(name.to_owned()))
    }

    /// Stands for the package that dpkg is unpacking, or was when it was killed: the name of the folder, which
    /// no package can have.
    #[must_use]
    pub fn unpacking() -> Self {
        Self(UNPACKING.to_owned())
    }

    /// Whether it is [`Self::unpacking`].
    #[must_use]
    pub fn is_unpacking(&self) -> bool {
        self.0 == UNPACKING
    }

    /// As dpkg writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the architecture.
    #[must_use]
    pub fn without_architecture(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(name, _)| name)
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_paths_are_refused() {
        for good in ["bash", "libc6:amd64", "g++-12", "python3.11"] {
            assert!(PackageName::new(good).is_some(), "{good}");
        }
        for bad in ["", "..", ".x", "a/b", "a b", "a\n", "é"] {
            assert!(PackageName::new(bad).is_none(), "{bad:?}");
        }
    }
}
