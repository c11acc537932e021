//! journald's journal, read by journalctl.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Period;
use super::extent::Extent;
use super::journalctl::{Entries, Journalctl};
use crate::format::audit::AuditLine;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Where journals are, beneath the root: a folder for each machine's id.
const FOLDERS: [&str; 2] = ["var/log/journal", "run/log/journal"];
/// How long journalctl may take for all. A journal of gigabytes takes seconds.
const TIME_MAX: Duration = Duration::from_secs(120);

/// Reads the entries of that period.
pub(super) fn read(
    root: &Root,
    period: Period,
    hear: &mut dyn FnMut(AuditLine),
) -> Result<Extent, SystemError> {
    let Some(folder) = find(root)? else {
        return Ok(Extent::Absent);
    };
    let error = || SystemError::at("read the journal in", &folder);
    let started = Journalctl::start(root, Entries::Of(period));
    let mut journalctl = started.map_err(SystemError::at("run journalctl for", &folder))?;
    let deadline = Instant::now() + TIME_MAX;
    while let Some(line) = journalctl.next(deadline).map_err(error())? {
        hear(line);
    }
    Ok(Extent::Whole)
}

/// The folder of a journal, as people outside the root name it; none if there is none. To others than root and the group
/// systemd-journal, journalctl shows less and says nothing: so a file that may not be read is an error.
pub(super) fn find(root: &Root) -> Result<Option<PathBuf>, SystemError> {
    for folder in FOLDERS.map(Path::new) {
        for machine in names(root, folder)? {
            let of_machine = folder.join(OsStr::from_bytes(&machine));
            let files = names(root, &of_machine)?;
            let journal = files.iter().find(|name| name.ends_with(b".journal"));
            if let Some(journal) = journal {
                root.open_file(&of_machine.join(OsStr::from_bytes(journal)))?;
                return Ok(Some(root.display(folder)));
            }
        }
    }
    Ok(None)
}

fn names(root: &Root, folder: &Path) -> Result<Vec<Vec<u8>>, SystemError> {
    match root.open_folder(folder)? {
        Some(folder) => folder.names(),
        None => Ok(Vec::new()),
    }
}
