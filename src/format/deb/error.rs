//! Why a file is not a .deb that we read or rewrite.

use std::io;

use crate::format::imasigs::{ListError, escaped};
use crate::format::package_path::PathError;
use crate::format::text::{Escaped, Text};

/// What is wrong with a .deb. The messages do not name the file: the caller knows which it was.
#[derive(Debug, thiserror::Error)]
pub enum DebError {
    /// It could not be read or written.
    #[error("{doing}: {}", Escaped(.source))]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// No ar archive at all.
    #[error("not a Debian package: no ar archive")]
    NotAr,
    /// A package of 1995 or before, without an ar archive around it.
    #[error("a package of the format before 2.0, which holds no signatures: build it anew")]
    OldFormat,
    /// Members without end.
    #[error("more than {0} members")]
    TooMany(usize),
    /// A header that is not well-formed.
    #[error("the ar header at byte {offset} has {what}")]
    Header {
        /// Where the header begins.
        offset: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A member that goes on behind the end of the file.
    #[error("truncated: member '{0}' is longer than the file")]
    Truncated(Text),
    /// A member where deb(5) has another, or a second one.
    #[error("member '{name}' where {expected} must be")]
    Order {
        /// The member found.
        name: Text,
        /// What deb(5) wants there.
        expected: &'static str,
    },
    /// A member behind data.tar with a name of GNU's or BSD's long forms.
    #[error("member '{0}' behind data.tar: other programs may take it for a second archive")]
    LongName(Text),
    /// A member that must be there.
    #[error("no {0} member")]
    Missing(&'static str),
    /// A format version other than 2.
    #[error("format version '{0}' is not 2.x")]
    Version(Text),
    /// control.tar is too large to be held.
    #[error("control.tar is larger than {0} bytes")]
    ControlTooLarge(u64),
    /// What is in control.tar besides the list is too large to be held.
    #[error("control.tar has more than {0} bytes besides the signature list")]
    MembersTooLarge(u64),
    /// A tar archive with entries without end.
    #[error("{0} has more than {1} entries")]
    TooManyEntries(&'static str, usize),
    /// The tar archive has something that dpkg refuses, or that we cannot represent.
    #[error("{archive}: '{}': {}", escaped(.path), Escaped(.what))]
    Tar {
        /// Which archive.
        archive: &'static str,
        /// The entry, raw.
        path: Vec<u8>,
        /// What is wrong with it.
        what: String,
    },
    /// The package's own list is not well-formed.
    #[error("its signature list: {0}")]
    List(#[from] ListError),
}

impl DebError {
    /// For `map_err`: an I/O error while doing that.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }

    /// An entry of a tar archive that we refuse.
    pub(super) fn tar(archive: &'static str, path: &[u8], what: impl Into<String>) -> Self {
        Self::Tar {
            archive,
            path: path.to_vec(),
            what: what.into(),
        }
    }

    /// An entry whose path no package may have.
    pub(super) fn path(archive: &'static str, path: &[u8], error: PathError) -> Self {
        Self::tar(archive, path, error.to_string())
    }
}
