//! The way of every command: read the command line, log, run, exit.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Cli, Command};
use super::exit::Exit;
use super::{
    attach, digests, fetch, generate, keygen, keys, local, policy, relabel, resign, setup, show,
    sign, sign_digests, status, strip, usage, verify, why,
};
use crate::format::text::write_line;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    set_up_log();
    let exit = match Cli::try_parse() {
        Ok(cli) => run(&cli.command),
        Err(error) => usage::explain(&error, std::env::args_os()),
    };
    exit.into()
}

fn run(command: &Command) -> Exit {
    match command {
        Command::Sign(args) => sign::run(args),
        Command::Resign(args) => resign::run(args),
        Command::Digests(args) => digests::run(args),
        Command::SignDigests(args) => sign_digests::run(args),
        Command::Attach(args) => attach::run(args),
        Command::Strip(args) => strip::run(args),
        Command::Forget(args) => local::forget(args),
        Command::Keygen(args) => keygen::run(args),
        Command::Show(args) => show::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Relabel(args) => relabel::run(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Policy(args) => policy::run(args),
        Command::Status(args) => status::run(args),
        Command::Why(args) => why::run(args),
        Command::Setup(args) => setup::run(args),
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
