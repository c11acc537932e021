//! Why a list is none.

use std::io;

use super::{ENTRIES_MAX, FIRST_LINE, KEYS_MAX, LINE_MAX, LIST_MAX};
use crate::format::ima::{HashAlgorithm, SignatureError, WrongLength};
use crate::format::package_path::PathError;
use crate::format::text::{Escaped, Text};

/// A line that is not what a list may hold. The package that it came with is not to be touched.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ListError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It could not be read.
    #[error("{}", Escaped(.0))]
    Io(#[from] io::Error),
    /// Another format, or another version of this one.
    #[error("the first line is not '{FIRST_LINE}'")]
    FirstLine,
    /// The file ends within it.
    #[error("it does not end in a line feed: the list is cut off")]
    Truncated,
    /// Over [`LINE_MAX`].
    #[error("longer than {LINE_MAX} bytes")]
    TooLong,
    /// Over [`ENTRIES_MAX`].
    #[error("more than {ENTRIES_MAX} entries")]
    TooMany,
    /// Over [`LIST_MAX`].
    #[error("the list is longer than {LIST_MAX} bytes")]
    ListTooLong,
    /// Over [`KEYS_MAX`].
    #[error("more than {KEYS_MAX} keys")]
    TooManyKeys,
    /// A byte that no list has outside a path's escapes.
    #[error("a byte outside printable ASCII")]
    Byte,
    /// Not `./` and a path, escaped.
    #[error("the name does not begin with './' or has a broken escape")]
    Name,
    /// A path that no package may have.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The path comes twice, or before one that sorts lower.
    #[error("the path is a duplicate or out of order")]
    Order,
    /// The key comes twice.
    #[error("duplicate key '{0}'")]
    DuplicateKey(Text),
    /// A key that every entry has.
    #[error("no key '{0}'")]
    MissingKey(&'static str),
    /// Only regular files carry signatures.
    #[error("the type is not 'file'")]
    Type,
    /// No decimal number.
    #[error("the size is not a number")]
    Size,
    /// Not a digest.
    #[error("{0}")]
    Digest(#[from] WrongLength),
    /// No base64.
    #[error("security.ima is not base64")]
    Base64,
    /// No signature.
    #[error("security.ima: {0}")]
    Signature(#[from] SignatureError),
    /// The signature is over a digest of another algorithm than the entry's.
    #[error("security.ima is over {signed}, but the digest is {listed}")]
    Algorithm {
        /// The algorithm in the signature.
        signed: HashAlgorithm,
        /// The algorithm of the entry's digest.
        listed: HashAlgorithm,
    },
}
