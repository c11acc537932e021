//! Whether the kernel refuses an unsigned program. This is found out by running one, since Debian's kernels do not
//! show their policy.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::line::StatusLine;

/// On a disk, for policies may exempt filesystems in memory.
const FOLDER: &str = "/var/tmp";
const PROGRAM: &str = "#!/bin/sh\nexit 0\n";
const TOPIC: &str = "enforcement";

/// Runs a program that nobody signed. If it is refused, that leaves a record in the kernel's log.
pub(super) fn enforcement() -> StatusLine {
    if !nix::unistd::geteuid().is_root() {
        return StatusLine::unknown(TOPIC, "only root can try", "run this as root");
    }
    match try_unsigned() {
        Ok(()) => StatusLine::not(
            TOPIC,
            "a program without a signature runs",
            "when the rest is good: put a policy at /etc/dpkg-ima/policy, update-initramfs -u, boot",
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            StatusLine::good(TOPIC, "a program without a signature is refused")
        }
        Err(error) => StatusLine::unknown(
            TOPIC,
            format!("a program in {FOLDER} cannot be tried: {error}"),
            "make room there, and mount it without noexec",
        ),
    }
}

fn try_unsigned() -> io::Result<()> {
    let program = tempfile::Builder::new()
        .prefix("dpkg-ima-")
        .tempfile_in(FOLDER)?;
    fs::write(program.path(), PROGRAM)?;
    fs::set_permissions(program.path(), Permissions::from_mode(0o700))?;
    // A file that is open for writing cannot be executed.
    let path = program.into_temp_path();
    let tried = Command::new(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    path.close()?;
    tried.map(drop)
}
