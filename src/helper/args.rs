//! The helper's few arguments.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::sweep::Scope;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// A text for standard output.
    Help(&'static str),
    /// Label what installed packages' lists name.
    Sweep(Options),
}

/// Options of `sweep`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// The system to label.
    pub(super) root: PathBuf,
    /// Which of its packages.
    pub(super) scope: Scope,
}

const HELP: &str = "\
Usage: dpkg-ima-helper sweep [--all] [--root DIR]

Writes the IMA signatures of installed packages to their files. Run by apt, dpkg and a dpkg trigger.

  sweep       label the files of packages that changed since the last sweep
    --all       of all packages: after a restore, or to repair
    --root DIR  of the system that is mounted there
  --help      print this
  --version   print the version

Exit status: 0 done, 2 something could not be labelled.
";

const VERSION: &str = concat!("dpkg-ima-helper ", env!("CARGO_PKG_VERSION"), "\n");

/// Reads the program's arguments.
pub(super) fn parse() -> Result<Command, lexopt::Error> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        Some(Long("help") | Short('h')) | None => Ok(Command::Help(HELP)),
        Some(Long("version") | Short('V')) => Ok(Command::Help(VERSION)),
        Some(Value(command)) if command == "sweep" => parse_sweep(parser),
        Some(other) => Err(other.unexpected()),
    }
}

fn parse_sweep(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = Options {
        root: PathBuf::from("/"),
        scope: Scope::Changed,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("all") => options.scope = Scope::All,
            Long("root") => options.root = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Sweep(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, lexopt::Error> {
        parse_from(lexopt::Parser::from_args(words))
    }

    #[test]
    fn sweep_takes_its_options() {
        let command = parsed(&["sweep", "--all", "--root", "/mnt"]).unwrap();
        let expected = Options {
            root: PathBuf::from("/mnt"),
            scope: Scope::All,
        };
        assert_eq!(command, Command::Sweep(expected));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for words in [
            &["swep"][..],
            &["sweep", "x"],
            &["--all"],
            &["sweep", "--root"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
        assert_eq!(parsed(&[]).unwrap(), Command::Help(HELP));
    }
}
