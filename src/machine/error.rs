//! System errors: which operation failed, on which path, and why.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::format::imasigs::escaped;
use crate::format::text::Escaped;

/// A failed operation. Prints as `cannot open '/usr/bin/x': permission denied`.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} '{}': {}", shown(.path), Escaped(.source))]
pub struct SystemError {
    /// A verb, such as "open", for the message.
    pub operation: &'static str,
    /// As people outside the root name it.
    pub path: PathBuf,
    /// The kernel's answer.
    pub source: io::Error,
}

impl SystemError {
    /// For `map_err`: the operation failed on that path.
    pub fn at<E: Into<io::Error>>(operation: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |source| Self {
            operation,
            path: path.to_owned(),
            source: source.into(),
        }
    }
}

/// A path for messages. SECURITY: bytes that a terminal would obey are escaped.
#[must_use]
pub fn shown(path: &Path) -> String {
    escaped(path.as_os_str().as_bytes())
}
