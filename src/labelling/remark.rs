//! What is said of a file's label beyond what came of it.

use std::fmt;

use log::Level;

use crate::dpkg::PackageName;
use crate::format::ima::KeyId;

/// A signature that was displaced, or passed over. Prints as a sentence about the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A list has a signature for it that fails under a key that is held.
    Forged {
        /// Whose list.
        package: PackageName,
        /// The key that it names.
        key: KeyId,
    },
    /// The label gave way to a better one.
    Displaced {
        /// The key that the label named; none for a hash.
        key: Option<KeyId>,
        /// Whether it fails under that key, which is held.
        forged: bool,
        /// Whose list has the better one.
        package: PackageName,
    },
    /// The label stays, as nobody can verify what the list has.
    Kept {
        /// Whose list.
        package: PackageName,
    },
}

impl Remark {
    /// How much it matters.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Forged { .. } | Self::Displaced { forged: true, .. } => Level::Warn,
            Self::Displaced { .. } | Self::Kept { .. } => Level::Info,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forged { package, key } => write!(
                f,
                "the signature of package {package} does not verify under key {key}, and is passed over: forged or damaged"
            ),
            Self::Displaced {
                key: Some(key),
                forged,
                package,
            } => {
                let fails = if *forged {
                    ", which does not verify,"
                } else {
                    ""
                };
                write!(
                    f,
                    "its label under key {key}{fails} gives way to that of package {package}"
                )
            }
            Self::Displaced {
                key: None, package, ..
            } => {
                write!(
                    f,
                    "its hash gives way to the signature of package {package}"
                )
            }
            Self::Kept { package } => write!(
                f,
                "it keeps its label: the signature of package {package} cannot be verified here"
            ),
        }
    }
}
