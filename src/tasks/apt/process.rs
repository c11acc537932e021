//! A running program of apt's.

use std::io;
use std::process::Child;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// Afterwards no file that it writes, nor one that its methods do, becomes larger: whoever writes more is killed.
///
/// # Errors
/// If the limit cannot be set; if it has ended, for one.
pub fn limit_files(child: &Child, bytes: u64) -> io::Result<()> {
    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    prlimit(pid_of(child.id()), Resource::Fsize, limit)?;
    Ok(())
}

/// The number of a process, as the kernel's calls take it.
#[must_use]
pub fn pid_of(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}
