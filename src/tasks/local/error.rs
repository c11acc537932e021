//! Why a local program is not signed or forgotten.

use std::path::PathBuf;

use crate::dpkg::DatabaseError;
use crate::format::ima::KeyId;
use crate::format::imasigs::Problem;
use crate::format::package_path::PathError;
use crate::keys::signing::KeyError;
use crate::machine::attribute::WriteError;
use crate::machine::error::{SystemError, shown};
use crate::signatures::StoreError;

/// Why a local program is not signed or forgotten, or none is. The messages on one file do not name it.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file could not be read or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The state folder is in use, or cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The list is not well-formed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The list may be somebody else's.
    #[error("'{}' cannot be trusted: others than root may write it, or its folder", shown(.0))]
    Strange(PathBuf),
    /// The list would be too long to be read again.
    #[error("the list of local programs: {0}")]
    Limits(#[from] Problem),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// This machine has no certificate of the key.
    #[error("this machine does not hold the key {0}: its kernel would not accept what it signs")]
    NotHeld(KeyId),
    /// The key was revoked here.
    #[error("the key {0} was revoked on this machine")]
    Revoked(KeyId),
    /// The label could not be written.
    #[error("{0}")]
    Label(#[from] WriteError),
    /// No list can have that path.
    #[error("{0}")]
    Path(#[from] PathError),
    /// Lists have the scripts of packages under such paths.
    #[error("lists have the scripts of packages under /DEBIAN")]
    Reserved,
    /// Nothing is there that could be signed.
    #[error("no such file, or no regular one")]
    NoFile,
    /// It is not the file, or has not the content, that was shown.
    #[error("it was changed since it was shown, or while it was signed")]
    Changed,
    /// The list of local programs does not name the file.
    #[error("it is not in the list of local programs")]
    NotListed,
}

impl LocalError {
    /// Advice for the user.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Strange(_) => Some(
                "look at what it names; then: chown root: and chmod go-w, or remove it and sign again",
            ),
            Self::Database(_) => Some("move the list away, and sign the programs again"),
            Self::Key(error) => error.hint(),
            Self::NotHeld(_) => Some(
                "cp CERTIFICATE /etc/keys/ima/ && dpkg-ima keys load, or sign with another key",
            ),
            Self::Revoked(_) => Some("sign with another key"),
            Self::Path(PathError::Component) => Some("give the path without '..'"),
            Self::Changed => Some("look who writes it, and sign it again"),
            Self::NoFile => Some("of a link, name the file that it leads to"),
            _ => None,
        }
    }
}
