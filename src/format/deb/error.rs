//! Why a .deb is not read or rewritten.

use std::io;

use crate::format::imasigs::{ListError, escaped};
use crate::format::text::{Escaped, Text};

/// Why a .deb is not read or rewritten. The messages do not name the file: the caller knows which it was.
#[derive(Debug, thiserror::Error)]
pub enum DebError {
    /// The file, or its rewritten form, cannot be read or written; or a decoder finds it damaged.
    #[error("{doing}: {}", Escaped(.source))]
    Io {
        /// The operation, as in "cannot read".
        doing: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// The file is no ar archive.
    #[error("not a Debian package: no ar archive")]
    NotAr,
    /// A package of the format of 1995 and before, which is no ar archive.
    #[error("a package of the format before 2.0, which holds no signatures: build it anew")]
    OldFormat,
    /// More members than are looked at.
    #[error("more than {0} members")]
    TooMany(usize),
    /// The header of an ar member is not well-formed.
    #[error("the ar header at byte {offset} has {what}")]
    Header {
        /// Where the header begins, in bytes from the start of the file.
        offset: u64,
        /// The mistake, as in "has no end marker".
        what: &'static str,
    },
    /// A member's content is longer than the rest of the file.
    #[error("truncated: member '{0}' is longer than the file")]
    Truncated(Text),
    /// A member stands where deb(5) has another, or is there twice.
    #[error("member '{name}' where {expected} must be")]
    Order {
        /// The member found.
        name: Text,
        /// The member that deb(5) has there.
        expected: &'static str,
    },
    /// A member behind data.tar has a name of GNU's or BSD's long forms.
    #[error("member '{0}' behind data.tar: other programs may take it for a second archive")]
    LongName(Text),
    /// A member that every package has is not there.
    #[error("no {0} member")]
    Missing(&'static str),
    /// The format is of another version than 2.x.
    #[error("format version '{0}' is not 2.x")]
    Version(Text),
    /// control.tar, decompressed, is too large to be held.
    #[error("control.tar is larger than {0} bytes")]
    ControlTooLarge(u64),
    /// The members of control.tar besides the signature list are too large to be held.
    #[error("control.tar has more than {0} bytes besides the signature list")]
    MembersTooLarge(u64),
    /// A tar archive has more entries than are looked at.
    #[error("{0} has more than {1} entries")]
    TooManyEntries(&'static str, usize),
    /// A tar archive has an entry that dpkg refuses, or that this program does.
    #[error("{archive}: '{}': {}", escaped(.path), Escaped(.what))]
    Tar {
        /// `control.tar` or `data.tar`.
        archive: &'static str,
        /// The entry's name, raw; empty if it has none.
        path: Vec<u8>,
        /// The mistake.
        what: String,
    },
    /// The package's signature list is not well-formed.
    #[error("its signature list: {0}")]
    List(#[from] ListError),
}

impl DebError {
    /// For `map_err`: the error of an operation, such as "cannot read".
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }

    /// The error for an entry of a tar archive that is refused.
    pub(super) fn tar(archive: &'static str, path: &[u8], what: impl Into<String>) -> Self {
        Self::Tar {
            archive,
            path: path.to_vec(),
            what: what.into(),
        }
    }
}
