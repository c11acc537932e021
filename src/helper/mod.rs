//! The command line of `dpkg-ima-helper`, which hooks and the trigger run, and people in a rescue
//! shell.
//!
//! It runs within every `apt install`: whatever happens, it must not be what makes that fail. Where it
//! cannot do anything by its nature (a container, no CAP_SYS_ADMIN) it is silent and ends with 0.

mod args;
mod daemon;
mod privilege;
mod relabel;
mod run;

use std::process::ExitCode;

use env_logger::{Builder, Env, Target};

use args::Command;

use crate::format::text::write_line;

/// Runs the program. The exit status is 0 for done, 2 for "it could not be done", and
/// [`REFUSED`] for a transaction that the configuration refuses.
#[must_use]
pub fn main() -> ExitCode {
    let command = match args::parse() {
        Ok(command) => command,
        Err(error) => {
            start_logging(Target::Stderr);
            log::error!("{error}; see dpkg-ima-helper --help");
            return ExitCode::from(2);
        }
    };
    if let Command::Serve(process) = command {
        return daemon::main(process);
    }
    start_logging(Target::Stderr);
    run::run(command).unwrap_or_else(|error| {
        log::error!("{error}");
        ExitCode::from(2)
    })
}

/// Exit status of `load` when the configuration refuses what apt is about to install. No other failure
/// has it, so that the hook can tell a refusal from a helper that is broken.
pub const REFUSED: u8 = 77;

fn start_logging(target: Target) {
    Builder::from_env(Env::default().default_filter_or("warn"))
        .format(|out, record| write_line(out, format_args!("dpkg-ima-helper: {}", record.args())))
        .target(target)
        .init();
}
