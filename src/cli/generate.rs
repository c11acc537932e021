//! `dpkg-ima generate`: man pages and completion, for the packages.

use clap::CommandFactory;
use clap_complete::aot::{Bash, generate};

use super::args::{Cli, Generate, GenerateArgs};
use super::exit::Exit;
use super::man;
use super::report::Report;
use crate::system::shown;

/// Writes them.
pub fn run(args: &GenerateArgs) -> Exit {
    let mut report = Report::new();
    match &args.what {
        Generate::Man { folder } => {
            if let Err(error) = man::write(folder) {
                let folder = shown(folder);
                report.trouble(format_args!("cannot write to '{folder}': {error}"), None);
            }
        }
        Generate::CompletionBash => {
            let mut script = Vec::new();
            generate(Bash, &mut Cli::command(), "dpkg-ima", &mut script);
            report.bytes(&script);
        }
    }
    report.finish()
}
