//! `dpkg-ima-helper serve`: the guard's process, detached from the hook that started it.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io;
use std::process::ExitCode;

use env_logger::Target;

use super::bounded_log::BoundedLog;
use super::log_output::start_logging;
use crate::guard::{ServeError, open_log, serve};

/// The process's name. Without it, it would be the name of the link in /proc by which the process was started.
const NAME: &CStr = c"dpkg-ima-guard";

pub(super) fn main(process: u32) -> ExitCode {
    if let Err(error) = nix::sys::prctl::set_name(NAME) {
        log::debug!("{error}");
    }
    // A guard that held dpkg's output would keep `dpkg -i x | cat` from ending.
    if let Err(error) = detach() {
        log::debug!("{error}");
    }
    match open_log() {
        Ok(log) => start_logging(Target::Pipe(Box::new(BoundedLog::new(log)))),
        Err(_) => return ExitCode::from(2),
    }
    match serve(process) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let level = match error {
                // The log is that one's, and the starter will ask it.
                ServeError::Busy => log::Level::Debug,
                ServeError::Watch(_) | ServeError::System(_) => log::Level::Error,
            };
            log::log!(level, "{error}");
            ExitCode::from(error.exit_status())
        }
    }
}

/// Leaves the terminal's session, and closes all inherited descriptors but the three standard ones, which the starter set
/// up.
fn detach() -> io::Result<()> {
    nix::unistd::setsid()?;
    let mut inherited = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        inherited.extend(name.to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    for descriptor in inherited.into_iter().filter(|descriptor| *descriptor > 2) {
        // Among them is that of the folder just read, which is closed already.
        if let Err(error) = nix::unistd::close(descriptor) {
            log::debug!("{descriptor}: {error}");
        }
    }
    nix::unistd::dup2_stderr(File::open("/dev/null")?)?;
    Ok(())
}
