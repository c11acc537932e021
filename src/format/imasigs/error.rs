//! The mistakes in a list.

use std::io;

use super::{ENTRIES_MAX, FILE_SIGNATURES_MAX, FIRST_LINE, KEYWORDS_MAX, LINE_MAX, LIST_MAX};
use crate::format::ima::{SignatureError, WrongLength};
use crate::format::package_path::PathError;
use crate::format::text::{Escaped, Text};

/// A line that no list may hold. No entry of that list is used, whether before or behind that line.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ListError {
    /// The line's number, counted from 1.
    pub line: usize,
    /// The first mistake in it.
    pub problem: Problem,
}

/// A mistake in a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The line cannot be read.
    #[error("{}", Escaped(.0))]
    Io(#[from] io::Error),
    /// The first line is that of another format, or of another version of this one.
    #[error("the first line is not '{FIRST_LINE}'")]
    FirstLine,
    /// The input ends within the line.
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
    /// Over [`KEYWORDS_MAX`].
    #[error("more than {KEYWORDS_MAX} keywords")]
    TooManyKeywords,
    /// A byte that no list has outside a path's escapes.
    #[error("a byte outside printable ASCII")]
    Byte,
    /// The first word is not `./` and an escaped path.
    #[error("the name does not begin with './' or has a broken escape")]
    Name,
    /// The path is none that a package may have.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The path sorts lower than that of the entry before; or it is the same, and the key is the same or has a lower id.
    #[error("the path is a duplicate for its key, or out of order")]
    Order,
    /// The entry before has the same path, and another content.
    #[error("the line before gives the same path another size or digest")]
    OtherContent,
    /// Over [`FILE_SIGNATURES_MAX`].
    #[error("one path has more than {FILE_SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// A keyword is there twice.
    #[error("duplicate keyword '{0}'")]
    DuplicateKeyword(Text),
    /// A keyword that every entry must have is not there.
    #[error("no keyword '{0}'")]
    MissingKeyword(&'static str),
    /// The type is another than that of regular files, which alone carry signatures.
    #[error("the type is not 'file'")]
    Type,
    /// The size is no decimal number below 2^64.
    #[error("the size is not a number")]
    Size,
    /// The digest is none of its algorithm.
    #[error("{0}")]
    Digest(#[from] WrongLength),
    /// The value of `security.ima` is no base64.
    #[error("security.ima is not base64")]
    Base64,
    /// The value of `security.ima` is no signature, or over a digest of another algorithm.
    #[error("security.ima: {0}")]
    Signature(#[from] SignatureError),
}
