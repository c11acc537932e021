//! The command line of `dpkg-ima-helper`, which hooks and the trigger run, and people in a rescue
//! shell.
//!
//! It runs within every `apt install`: whatever happens, it must not be what makes that fail. Where it
//! cannot do anything by its nature (a container, no CAP_SYS_ADMIN) it is silent and ends with 0.

mod args;
mod privilege;

use std::process::ExitCode;

use crate::keyring::HeldKeys;
use crate::label::Outcome;
use crate::root::Root;
use crate::sweep::{Summary, sweep};

use args::{Command, Options};

/// Runs the program; the exit status is 0 for done, 2 for "it could not be done".
#[must_use]
pub fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn"))
        .format(|out, record| {
            use std::io::Write;
            writeln!(out, "dpkg-ima-helper: {}", record.args())
        })
        .init();
    let result = args::parse().map_err(Into::into).and_then(run);
    match result {
        Ok(code) => code,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    match command {
        Command::Help(text) => {
            use std::io::Write;
            std::io::stdout().write_all(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Sweep(options) => run_sweep(&options),
    }
}

fn run_sweep(options: &Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if !privilege::may_label() {
        log::debug!("no right to write security.ima here: nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    let root = Root::open(&options.root)?;
    let held = if options.root.as_os_str() == "/" {
        HeldKeys::of_this_machine(&root)
    } else {
        HeldKeys::of_certificates(&root)
    };
    let summary = sweep(&root, &held, options.scope)?;
    log::info!("{}", describe(&summary));
    Ok(ExitCode::from(if summary.is_complete() { 0 } else { 2 }))
}

fn describe(summary: &Summary) -> String {
    format!(
        "{} labelled, {} had the right label, {} altered, {} changed conffiles, {} failed",
        summary.count(Outcome::Labelled),
        summary.count(Outcome::Right),
        summary.altered,
        summary.changed_conffiles,
        summary.failures,
    )
}
