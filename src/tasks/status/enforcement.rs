//! Whether the kernel refuses what is unsigned, found out by trying: Debian's kernels cannot show
//! their policy.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::Line;

/// On a disk, for policies may exempt what lives in memory.
const FOLDER: &str = "/var/tmp";
/// It does nothing.
const PROGRAM: &str = "#!/bin/sh\nexit 0\n";
const TOPIC: &str = "enforcement";

/// Runs a program that nobody signed. The kernel's log gets a record of it, if it is refused.
pub(super) fn enforcement() -> Line {
    if !nix::unistd::geteuid().is_root() {
        return Line::unknown(TOPIC, "only root can try", "run this as root");
    }
    match try_unsigned() {
        Ok(()) => Line::not(
            TOPIC,
            "a program without a signature runs",
            "when the rest is good: put a policy at /etc/dpkg-ima/policy, update-initramfs -u, boot",
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Line::good(TOPIC, "a program without a signature is refused")
        }
        Err(error) => Line::unknown(
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
    // One that is open for writing cannot be executed.
    let path = program.into_temp_path();
    let tried = Command::new(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    path.close()?;
    tried.map(drop)
}
