//! Leaves the control group of whoever started the guard.
//!
//! SECURITY: a control group can be frozen (cgroups(7)), the guard and its watchdog with it, and every open on the machine
//! would wait. systemd freezes `user.slice` while the machine sleeps, where an administrator's apt runs, and a user may
//! freeze the groups that systemd has left to them.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::machine::fs_magic::{CGROUP2, fs_magic};

/// The processes of the uppermost group, where control groups of version 2 are mounted.
const PROCESSES: &str = "/sys/fs/cgroup/cgroup.procs";

/// Moves this process, and so those that it starts from now on, to the uppermost control group. It stays where it is if
/// that cannot be done, as in most containers, or if there are no control groups of version 2: only these are frozen.
pub(super) fn leave_control_group() {
    if let Err(error) = move_to(Path::new(PROCESSES)) {
        log::debug!("in the control group of the starter: {error}");
    }
}

/// SPEC: cgroups(7): 0 stands for the process that writes.
fn move_to(processes: &Path) -> io::Result<()> {
    let mut processes = File::options().write(true).open(processes)?;
    if fs_magic(&processes)? != CGROUP2 {
        return Err(io::ErrorKind::Unsupported.into());
    }
    processes.write_all(b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cgroup.procs");
        assert!(move_to(&file).is_err());
        assert!(!file.exists());
        std::fs::write(&file, "1\n").unwrap();
        assert!(move_to(&file).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"1\n");
    }
}
