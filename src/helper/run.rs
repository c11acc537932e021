//! The way of every command: read the arguments, log, run, exit.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use env_logger::Target;

use super::args::{self, Command};
use super::log_output::start_logging;
use super::privilege::may_label;
use super::{boot, daemon, load, relabel, sweep};
use crate::guard::{ToFollow, join_or_start, watch_parent};
use crate::machine::config::Config;
use crate::machine::confine::{Duty, confine};
use crate::machine::root::Root;
use crate::tasks::fetch::serve_downloads;

/// Runs the program. It exits with 0 when done, with 1 if `relabel` finds an altered file or a forged list, with 2 if
/// something could not be done, and with 77 if the configuration refuses what apt is about to install.
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
    // The guard has a log of its own.
    if !matches!(command, Command::Serve(_)) {
        start_logging(Target::Stderr);
    }
    run(command).unwrap_or_else(|error| {
        log::error!("{error}");
        ExitCode::from(2)
    })
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Help(text) => {
            io::stdout().write_all(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Watchdog => {
            confine(Duty::Watchdog, Ok(None), &[]);
            watch_parent()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Download => download(),
        Command::Serve(process) => Ok(daemon::main(process)),
        Command::Keys(root) => boot::load_keys(&root),
        Command::Boot(options) => boot::run(&options),
        Command::Relabel(root, options) => relabel::run(&root, &options),
        _ if !may_label() => {
            log::debug!("no right to write security.ima here: nothing to do");
            Ok(ExitCode::SUCCESS)
        }
        Command::Guard(followed) => Ok(start_guard(followed)),
        Command::Load => load::run(),
        Command::Flush(after) => sweep::flush(after),
        Command::Sweep(options) => sweep::run(&options),
    }
}

/// A guard that cannot start is no failure: the sweep after dpkg labels in its place.
fn start_guard(followed: ToFollow) -> ExitCode {
    if let Err(error) = join_or_start(followed) {
        log::info!("no guard: {error}");
    }
    ExitCode::SUCCESS
}

/// The configuration was read by `load` a moment ago, which says what is wrong with it.
fn download() -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(Path::new("/"))?;
    serve_downloads(&Config::read(&root).unwrap_or_default())?;
    Ok(ExitCode::SUCCESS)
}
