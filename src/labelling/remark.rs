//! Signatures that a decision displaces or passes over.

use std::fmt;

use log::Level;

use crate::dpkg::PackageName;
use crate::format::ima::KeyId;

/// A signature that was displaced, or passed over. Prints as a clause about the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A list has a signature for it that fails under a key that is held.
    Forged {
        /// The package whose list has the signature.
        package: PackageName,
        /// The key that the signature names.
        key: KeyId,
    },
    /// The label gave way to a signature.
    Displaced {
        /// The key that the label named; none if it was a hash.
        key: Option<KeyId>,
        /// Whether the label does not verify under that key, which is held.
        forged: bool,
        /// The package whose list has the better signature.
        package: PackageName,
    },
    /// The label stays, as the list's signature cannot be verified here.
    Kept {
        /// The package whose list has the signature.
        package: PackageName,
    },
}

impl Remark {
    /// A warning if something is forged, else a piece of information.
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
