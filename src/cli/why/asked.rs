//! The file that `why PATH` asks for.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::format::audit::AuditRecord;
use crate::machine::root::Root;

/// The file that a path means, which need not be there any more: on the running system from where the user is, links followed,
/// as the kernel names it; elsewhere from the root.
pub(super) fn meant(path: &Path, root: &Root) -> PathBuf {
    match root.is_running_system() {
        true => path
            .canonicalize()
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_owned()),
        false => Path::new("/").join(path),
    }
}

/// Whether a record is about that file. The kernel names it by its whole path, or by its name alone.
pub(super) fn is_about(record: &AuditRecord, path: &Path) -> bool {
    let name = record.name.as_slice();
    let last = path.file_name().map(OsStrExt::as_bytes);
    name == path.as_os_str().as_bytes() || !name.contains(&b'/') && Some(name) == last
}
