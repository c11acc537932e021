//! Signing in two steps: the text of the digests that are to be signed, and that of the signatures over them.
//!
//! One line a digest. What signs adds the value of `security.ima` as the last word, and leaves the rest:
//!
//! ```text
//! 3f0a… sha256 hello_1.0_all.deb/usr/bin/hello
//! 3f0a… sha256 hello_1.0_all.deb/usr/bin/hello AwIE…
//! ```
//!
//! The digest is in hexadecimal, and its length tells the algorithm. The words behind it are for people; paths are escaped as
//! in lists. The value is in base64, or in hexadecimal, as `evmctl sign_hash` writes it. Blank lines, and lines that begin
//! with `#`, are passed over.

mod error;
mod line;
mod read;

pub use error::{DIGESTS_MAX, DigestLineError, DigestLineProblem, LINE_MAX, TEXT_MAX};
pub use line::{DigestLine, unsigned_line};
pub use read::DigestLines;
