//! Commands on a pseudo terminal, by script(1).

use super::Run;

/// A command of the shell, whose output is a terminal with colours. It ends with the command's exit status; lines end with
/// `\r\n`.
pub fn on_a_terminal(command: &str) -> Run {
    let run = Run::new("script").args(["--quiet", "--return", "--command", command, "/dev/null"]);
    // SPEC: no-color.org: an empty one counts as none.
    run.env("TERM", "xterm").env("NO_COLOR", "")
}
