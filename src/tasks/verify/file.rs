//! One file by itself: its label against its content.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::Finding;
use crate::keys::signing::Trust;
use crate::labelling::verdict_on_file;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;

/// The verdict on a file.
///
/// # Errors
/// If there is no such file, or it cannot be read.
pub fn verify_file(root: &Root, path: &Path, trust: &Trust) -> Result<Finding, TargetError> {
    let (verdict, key) = verdict_on_file(root, path, trust)?.ok_or(TargetError::NoFile)?;
    Ok(Finding {
        path: path.as_os_str().as_bytes().to_vec(),
        verdict,
        key,
    })
}
