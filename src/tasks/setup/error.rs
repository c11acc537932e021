//! Why a step could not be done.

use std::path::PathBuf;

use crate::format::ima::CertificateError;
use crate::format::text::Escaped;
use crate::keys::signing::KeyError;
use crate::machine::error::{SystemError, shown};
use crate::tasks::relabel::RelabelError;

/// Why a step could not be done. What was done before it stays, and can be undone.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file of the system could not be read or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The labels could not be written.
    #[error(transparent)]
    Relabel(#[from] RelabelError),
    /// The certificates in /etc/keys/ima could not be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file that was named as a certificate is none.
    #[error("cannot use the certificate '{}': {source}", shown(.path))]
    Certificate {
        /// As the user named it.
        path: PathBuf,
        /// The fault.
        source: CertificateError,
    },
    /// Another certificate is in /etc/keys/ima under that name, or the name has characters that setup does not take.
    #[error("cannot put the certificate '{}' into /etc/keys/ima: {why}", shown(.path))]
    CertificateName {
        /// As the user named it.
        path: PathBuf,
        /// The end of the sentence.
        why: &'static str,
    },
    /// A file is not as setup left it, so what is in it is somebody else's.
    #[error("'{}' was changed since setup wrote it, and is left as it is", shown(.0))]
    Foreign(PathBuf),
    /// Something else than a file is where a file is to be.
    #[error("'{}' is not a regular file, and is left as it is", shown(.0))]
    NotRegular(PathBuf),
    /// A file has been written too often to keep all that was written.
    #[error("'{}' was written too often since setup began: undo that first", shown(.0))]
    TooOften(PathBuf),
    /// A program of the system failed.
    #[error("{program} failed: {}", Escaped(.why))]
    Tool {
        /// Its name.
        program: &'static str,
        /// Its exit status and the last line that it printed, or why it could not be run.
        why: String,
    },
    /// What a step was to do is still to do after it.
    #[error("the step '{0}' did what it could, and is not done")]
    Unfinished(&'static str),
    /// The boot loader's tool ended well, and its configuration has not what it was told.
    #[error("'{}' does not end in {word} after {program} for every kernel", shown(.path))]
    NotTaken {
        /// The boot loader's configuration.
        path: PathBuf,
        /// The parameter.
        word: &'static str,
        /// The tool.
        program: &'static str,
    },
}

impl SetupError {
    /// What to do about it, if that can be said.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Foreign(_) => {
                Some("move it away, or give it back its content, and run this again")
            }
            Self::TooOften(_) => Some("dpkg-ima setup --undo"),
            Self::NotTaken { .. } => Some(
                "look for another ima_appraise= in the boot loader's configuration; dpkg-ima setup --undo takes all of it back",
            ),
            Self::Tool { .. } => {
                Some("run it by itself to see more; dpkg-ima setup --undo takes all of it back")
            }
            Self::Key(error) => error.hint(),
            _ => None,
        }
    }
}
