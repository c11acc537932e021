//! The bounds of the text, and the mistakes in it.

use std::io;

use crate::format::ima::SignatureError;
use crate::format::text::Escaped;

/// Longest line that is read, in bytes: the longest path with every byte escaped, and the longest signature.
pub const LINE_MAX: usize = 32 * 1024;
/// Most digests in one text: those of all programs of Debian 13 are fewer.
pub const DIGESTS_MAX: usize = 1 << 21;
/// Longest text that is read, in bytes: two million signatures by RSA-2048.
pub const TEXT_MAX: u64 = 1 << 30;

/// A line that is none of such a text.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct DigestLineError {
    /// The line's number, counted from 1.
    pub line: usize,
    /// The first mistake in it.
    pub problem: DigestLineProblem,
}

/// A mistake in a line.
#[derive(Debug, thiserror::Error)]
pub enum DigestLineProblem {
    /// The line cannot be read.
    #[error("{}", Escaped(.0))]
    Io(#[from] io::Error),
    /// Over [`LINE_MAX`].
    #[error("longer than {LINE_MAX} bytes")]
    TooLong,
    /// Over [`TEXT_MAX`].
    #[error("the file is longer than {TEXT_MAX} bytes")]
    TextTooLong,
    /// Over [`DIGESTS_MAX`].
    #[error("more than {DIGESTS_MAX} digests")]
    TooMany,
    /// The input ends within the line.
    #[error("it does not end in a line feed: the file is cut off")]
    Truncated,
    /// A byte that neither `digests` nor `sha256sum` of a plain name writes.
    #[error("a byte outside printable ASCII")]
    Byte,
    /// The first word is no digest of an algorithm that is signed with.
    #[error("it does not begin with a digest in hexadecimal")]
    Digest,
    /// The last word is neither base64 nor hexadecimal, or the digest is the only one.
    #[error("it does not end with a signature in base64 or hexadecimal")]
    Encoding,
    /// The last word is no value of `security.ima` that a kernel would take, or over a digest of another algorithm.
    #[error("security.ima: {0}")]
    Signature(#[from] SignatureError),
}
