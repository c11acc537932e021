//! `dpkg-ima generate`: man pages and completion, from clap's definition.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::aot::{Bash, generate};
use clap_mangen::Man;

use super::args::{Cli, Generate, GenerateArgs};
use super::exit::Exit;
use super::report::Report;
use crate::system::shown;

/// Writes them.
pub fn run(args: &GenerateArgs) -> Exit {
    let mut report = Report::new();
    match &args.what {
        Generate::Man { folder } => {
            if let Err(error) = man(folder) {
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

/// One page for the command and one for each command in it, such as `dpkg-ima-keys-load.1`.
fn man(folder: &Path) -> io::Result<()> {
    let mut command = Cli::command();
    command.build();
    pages(folder, command)
}

fn pages(folder: &Path, command: clap::Command) -> io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("{}-{}", command.get_name(), sub.get_name());
        // clap wants names that live as long as the program.
        pages(folder, sub.clone().name(String::leak(name) as &'static str))?;
    }
    page(folder, command)
}

fn page(folder: &Path, command: clap::Command) -> io::Result<()> {
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render(&mut page)?;
    fs::write(folder.join(man.get_filename()), page)
}
