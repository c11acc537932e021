//! The command `dpkg-ima`: reads the command line, runs a task, reports, and returns the exit code.

mod args;
mod completion;
mod convert;
mod examples;
mod exit;
mod generate;
mod keygen;
mod keys;
mod man;
mod policy;
mod relabel;
mod report;
mod show;
mod sign;
mod status;
mod usage;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;

use crate::format::text::write_line;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    set_up_log();
    let exit = match Cli::try_parse() {
        Ok(cli) => run(&cli.command),
        Err(error) => usage::explain(&error),
    };
    exit.into()
}

fn run(command: &Command) -> Exit {
    match command {
        Command::Sign(args) => sign::run(args),
        Command::Keygen(args) => keygen::run(args),
        Command::Show(args) => show::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Relabel(args) => relabel::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Policy(args) => policy::run(args),
        Command::Status(args) => status::run(args),
        Command::Generate(args) => generate::run(args),
    }
}

/// `RUST_LOG` sets what developers see; users see warnings.
fn set_up_log() {
    let default = env_logger::Env::default().default_filter_or("warn");
    env_logger::Builder::from_env(default)
        .format(|out, record| {
            write_line(
                out,
                format_args!("[{:5}] {}", record.level(), record.args()),
            )
        })
        .init();
}
