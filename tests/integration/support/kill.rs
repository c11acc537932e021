//! Kills a command when it has got so far, which is told by what it has done and not by the clock.

use std::process::{Command, Stdio};

/// Starts a command and ends it with SIGKILL as soon as `is_far` says so; whether it was killed. A command that is not so far
/// yet may end by itself.
pub fn kill_once(mut command: Command, is_far: impl Fn() -> bool) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().expect("it was built");
    while !is_far() {
        if child.try_wait().expect("it is ours").is_some() {
            return false;
        }
    }
    child.kill().expect("it was started");
    // It may have ended in between.
    let status = child.wait().expect("it was started");
    status.code().is_none()
}
