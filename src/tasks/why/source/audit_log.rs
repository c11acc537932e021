//! auditd's log: `/var/log/audit/audit.log`, and older ones beside it, `audit.log.1` and so on.

use std::io::BufReader;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::Period;
use super::extent::Extent;
use super::lines::Lines;
use crate::format::audit::AuditLine;
use crate::format::decimal::decimal;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Beneath the root. SPEC: auditd.conf(5), `log_file`, its default.
const FOLDER: &str = "var/log/audit";
const NAME: &str = "audit.log";
/// Most of one file that is read, in bytes. auditd begins a new one at 8 MB, unless it was told otherwise.
const FILE_MAX: u64 = 1 << 30;
/// Most files that are read, the newest. SPEC: auditd.conf(5), `num_logs` is 999 at most.
const FILES_MAX: usize = 999;

/// The file that auditd writes, beneath the root.
pub(super) fn path_of_log() -> PathBuf {
    Path::new(FOLDER).join(NAME)
}

/// Reads the files that may have records of that period, the oldest first.
pub(super) fn read(
    root: &Root,
    period: Period,
    hear: &mut dyn FnMut(AuditLine),
) -> Result<Extent, SystemError> {
    let Some(names) = names(root)? else {
        return Ok(Extent::Absent);
    };
    for name in names {
        read_file(root, &Path::new(FOLDER).join(name), period, hear)?;
    }
    Ok(Extent::Whole)
}

/// The names of the files, the oldest first; none if auditd has no log here.
fn names(root: &Root) -> Result<Option<Vec<String>>, SystemError> {
    let Some(folder) = root.open_folder(Path::new(FOLDER))? else {
        return Ok(None);
    };
    let mut numbers: Vec<usize> = folder
        .names()?
        .iter()
        .filter_map(|name| age(name))
        .collect();
    numbers.sort_unstable();
    numbers.truncate(FILES_MAX);
    let name = |age| match age {
        0 => NAME.to_owned(),
        age => format!("{NAME}.{age}"),
    };
    let names: Vec<_> = numbers.into_iter().rev().map(name).collect();
    Ok(Some(names).filter(|names| !names.is_empty()))
}

/// 0 of the file that is written, then 1 and so on.
fn age(name: &[u8]) -> Option<usize> {
    match name.strip_prefix(NAME.as_bytes())? {
        b"" => Some(0),
        number => decimal(number.strip_prefix(b".")?),
    }
}

fn read_file(
    root: &Root,
    path: &Path,
    period: Period,
    hear: &mut dyn FnMut(AuditLine),
) -> Result<(), SystemError> {
    // A file may be renamed meanwhile; then its records are in the next one, which is read as well.
    let Some(file) = root.open_file(path)? else {
        return Ok(());
    };
    let written = file.metadata().and_then(|metadata| metadata.modified());
    let written = written.map_err(SystemError::at("examine", &root.display(path)))?;
    let written = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    if written.as_millis() < u128::from(period.start()) {
        return Ok(());
    }
    let mut lines = Lines::of(BufReader::new(file.take(FILE_MAX)));
    let shown = root.display(path);
    while let Some(line) = lines.next().map_err(SystemError::at("read", &shown))? {
        hear(AuditLine::of_auditd(line));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn older_files_come_first_and_others_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(FOLDER);
        let open = || Root::open(root.path()).unwrap();
        assert_eq!(names(&open()).unwrap(), None);
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(names(&open()).unwrap(), None);
        for name in [
            "audit.log",
            "audit.log.10",
            "audit.log.2",
            "audit.log.x",
            "other",
        ] {
            fs::write(folder.join(name), "").unwrap();
        }
        let expected = ["audit.log.10", "audit.log.2", "audit.log"].map(str::to_owned);
        assert_eq!(names(&open()).unwrap(), Some(expected.to_vec()));
    }
}
