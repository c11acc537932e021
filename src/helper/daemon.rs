//! The guard's process, cut loose from the hook that started it.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io;
use std::process::ExitCode;

use env_logger::Target;

use crate::guard::{open_log, serve};

/// The process's name; it would be that of the link in /proc by which it was started.
const NAME: &CStr = c"dpkg-ima-guard";

/// Becomes the guard.
pub(super) fn main(process: u32) -> ExitCode {
    if let Err(error) = nix::sys::prctl::set_name(NAME) {
        log::debug!("{error}");
    }
    // A guard that held dpkg's output would keep `dpkg -i x | cat` from ending.
    if let Err(error) = let_go_of_everything() {
        log::debug!("{error}");
    }
    match open_log() {
        Ok(log) => super::start_logging(Target::Pipe(Box::new(log))),
        Err(_) => return ExitCode::from(2),
    }
    match serve(process) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(error.exit_status())
        }
    }
}

/// Leaves the terminal's session, and closes what was inherited but the three standard descriptors,
/// which the starter set up.
fn let_go_of_everything() -> io::Result<()> {
    nix::unistd::setsid()?;
    let mut inherited = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        inherited.extend(name.to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    for descriptor in inherited.into_iter().filter(|descriptor| *descriptor > 2) {
        // The folder just read is among them, and closed already.
        if let Err(error) = nix::unistd::close(descriptor) {
            log::debug!("{descriptor}: {error}");
        }
    }
    nix::unistd::dup2_stderr(File::open("/dev/null")?)?;
    Ok(())
}
