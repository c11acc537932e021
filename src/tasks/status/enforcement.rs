//! Whether the kernel refuses an unsigned program. This is found out by running one, since Debian's kernels do not
//! show their policy.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use nix::sys::statvfs::{FsFlags, fstatvfs};

use super::line::StatusLine;
use super::topic::Topic;
use crate::machine::folder::Folder;
use crate::machine::program;
use crate::machine::root::Root;

/// On a disk, for policies may exempt filesystems in memory.
const FOLDER: &str = "/var/tmp";
const PROGRAM: &str = "#!/bin/sh\nexit 0\n";
const TOPIC: Topic = Topic::Enforcement;
const NEXT: &str = "make room there, and mount it from a disk, without noexec";

/// Runs a program that nobody signed. If it is refused, that leaves a record in the kernel's log.
pub(super) fn enforcement(root: &Root) -> StatusLine {
    if !nix::unistd::geteuid().is_root() {
        return StatusLine::unknown(TOPIC, "only root can try", "run this as root");
    }
    // The dot: it may be a link. On a filesystem that is left out, to make a file might wait for ever.
    match root.open_folder(&Path::new(FOLDER).join(".")) {
        Err(error) => return StatusLine::unknown(TOPIC, error.to_string(), NEXT),
        Ok(Some(folder)) if executes_nothing(&folder) => {
            return StatusLine::unknown(TOPIC, format!("{FOLDER} is mounted noexec"), NEXT);
        }
        Ok(_) => {}
    }
    match try_unsigned() {
        Ok(()) => StatusLine::not(
            TOPIC,
            "a program without a signature runs",
            "when the rest is good: dpkg-ima setup, which shows each step before it is done",
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            StatusLine::good(TOPIC, "a program without a signature is refused")
        }
        Err(error) => StatusLine::unknown(
            TOPIC,
            format!("a program in {FOLDER} cannot be tried: {error}"),
            NEXT,
        ),
    }
}

/// SPEC: execve(2): EACCES, as of a file that IMA refuses.
fn executes_nothing(folder: &Folder) -> bool {
    fstatvfs(folder).is_ok_and(|filesystem| filesystem.flags().contains(FsFlags::ST_NOEXEC))
}

fn try_unsigned() -> io::Result<()> {
    let program = tempfile::Builder::new()
        .prefix("dpkg-ima-")
        .tempfile_in(FOLDER)?;
    fs::write(program.path(), PROGRAM)?;
    fs::set_permissions(program.path(), Permissions::from_mode(0o700))?;
    // A file that is open for writing cannot be executed.
    let path = program.into_temp_path();
    let tried = program::program(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    path.close()?;
    tried.map(drop)
}
