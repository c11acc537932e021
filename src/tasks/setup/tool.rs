//! The programs of the system that take changed files into use.

use std::process::Stdio;

use super::error::SetupError;
use crate::machine::program;

/// Where they are found, whatever the user's own path.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs a program to its end, in the user's locale: GRUB's menu is in that language. What it prints is kept for the error
/// message.
///
/// # Errors
/// If it cannot be run, or does not exit 0.
pub(super) fn run(program: &'static str, arguments: &[&str]) -> Result<(), SetupError> {
    let error = |why| SetupError::Tool { program, why };
    let mut command = program::program(program);
    command.args(arguments).env("PATH", PATH);
    let output = command.current_dir("/").stdin(Stdio::null()).output();
    let output = output.map_err(|failure| error(failure.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    Err(error(format!(
        "{}: {}",
        output.status,
        last.unwrap_or_default().trim()
    )))
}
