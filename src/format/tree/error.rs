//! Why a file of a tree cannot be named or read.

use std::io;

use crate::format::imasigs::{LIST_MAX, ListError};
use crate::format::text::{Escaped, Text};

/// Longest file of a tree that is read, in bytes. Compressed, digits and base64 are always shorter.
pub const COMPRESSED_MAX: u64 = LIST_MAX;

/// Why a package has no place in a tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The control file lacks a field that every package has.
    #[error("no field '{0}'")]
    Missing(&'static str),
    /// A value that dpkg refuses, and that could lead out of the tree.
    #[error("the field '{field}' is '{value}', which dpkg does not take")]
    Invalid {
        /// Package, Version or Architecture.
        field: &'static str,
        /// Its value.
        value: Text,
    },
    /// No filesystem has such a name.
    #[error("name, version and architecture are longer than a file's name may be")]
    TooLong,
}

/// Why a file of a tree gives no list. The messages do not name the file: the caller knows which it was.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// It could not be read or decompressed.
    #[error("cannot decompress it: {}", Escaped(.0))]
    Io(#[from] io::Error),
    /// Over [`COMPRESSED_MAX`].
    #[error("more than {COMPRESSED_MAX} bytes, compressed")]
    TooLarge,
    /// Bytes behind the frame, of which no list needs any.
    #[error("more than one frame of zstd")]
    Behind,
    /// What it holds is no list.
    #[error(transparent)]
    List(#[from] ListError),
}
