//! Why a list of a tree cannot be read.

use crate::format::tree::TreeError;
use crate::machine::error::SystemError;

/// Why a list of a tree cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListFileError {
    /// The file cannot be opened.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It holds no list. The message does not name it.
    #[error(transparent)]
    Content(#[from] TreeError),
}
