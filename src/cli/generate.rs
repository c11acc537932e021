//! `dpkg-ima generate`: man pages and completion, for the packages.

use super::args::{GenerateArgs, GenerateCommand};
use super::exit::Exit;
use super::report::Report;
use super::{completion, man};
use crate::machine::error::shown;

pub fn run(args: &GenerateArgs) -> Exit {
    let mut report = Report::new();
    match &args.what {
        GenerateCommand::Man { folder } => {
            if let Err(error) = man::write(folder) {
                let folder = shown(folder);
                report.trouble(format_args!("cannot write to '{folder}': {error}"), None);
            }
        }
        GenerateCommand::CompletionBash => report.bytes(completion::bash().as_bytes()),
    }
    report.finish()
}
