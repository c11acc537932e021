//! The programs and libraries that run.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// How the kernel ends the path of a file that has been removed or replaced.
const REPLACED: &[u8] = b" (deleted)";

/// The files that some process has mapped to execute them. If one was replaced since, as by an upgrade, its path is that of
/// the file which the next start would take. Processes that end meanwhile, or that may not be looked at, are left out.
///
/// # Errors
/// If /proc cannot be read.
pub fn mapped_programs() -> io::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for process in fs::read_dir("/proc")? {
        let process = process?;
        if process
            .file_name()
            .as_bytes()
            .iter()
            .all(u8::is_ascii_digit)
        {
            let maps = fs::read(process.path().join("maps")).unwrap_or_default();
            files.extend(executable(&maps));
        }
    }
    Ok(files)
}

/// SPEC: proc(5), `/proc/pid/maps`: address, permissions, offset, device, inode, path. A newline in a path is `\012`; such
/// a path is found nowhere.
fn executable(maps: &[u8]) -> impl Iterator<Item = PathBuf> + '_ {
    maps.split(|&byte| byte == b'\n').filter_map(|line| {
        let mut words = line.splitn(6, |&byte| byte == b' ');
        let permissions = words.nth(1)?;
        let path = words.nth(3)?.trim_ascii_start();
        let path = path.strip_suffix(REPLACED).unwrap_or(path);
        let found = permissions.get(2) == Some(&b'x') && path.starts_with(b"/");
        found.then(|| PathBuf::from(OsStr::from_bytes(path)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_executed_counts() {
        let maps = b"\
5593a000-5593c000 r--p 00000000 fe:00 1311 /usr/bin/data
5593a000-5593c000 r-xp 00002000 fe:00 1311                               /usr/bin/a program
7ffd1000-7ffd3000 r-xp 00000000 00:00 0                                  [vdso]
7f1c8000-7f1ca000 r-xp 00000000 00:00 0
7f1d8000-7f1da000 r-xp 00000000 fe:00 1312                               /usr/lib/libold.so.1 (deleted)
";
        let found: Vec<_> = executable(maps).collect();
        assert_eq!(
            found,
            ["/usr/bin/a program", "/usr/lib/libold.so.1"].map(PathBuf::from)
        );
    }

    #[test]
    fn this_very_program_runs() {
        let this = std::env::current_exe().unwrap().canonicalize().unwrap();
        assert!(mapped_programs().unwrap().contains(&this));
    }
}
