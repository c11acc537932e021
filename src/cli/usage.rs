//! Mistakes in a command line, which clap finds, in the form of all other messages.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::args::Cli;
use super::exit::Exit;
use super::report::{Report, complain};

/// Prints help and version as they are, and a mistake in these words as one line. The first word is the program's.
pub fn explain(error: &clap::Error, typed: impl IntoIterator<Item = OsString>) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let mut report = Report::new();
            report.bytes(error.render().to_string().as_bytes());
            report.finish()
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let hint = format!("{} lists them", help(typed));
            complain("no command was given", Some(&hint));
            Exit::Trouble
        }
        _ => {
            let text = error.render().to_string();
            complain(mistake(&text), Some(&tip(&text, typed)));
            Exit::Trouble
        }
    }
}

/// The first paragraph, in one line.
fn mistake(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or(text);
    let words: Vec<_> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

/// clap's suggestion, or else where to look.
fn tip(text: &str, typed: impl IntoIterator<Item = OsString>) -> String {
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    tip.map_or_else(|| help(typed), str::to_owned)
}

/// Such as `dpkg-ima keys load --help`: of the command that was meant, as clap's text has its usage for some mistakes only.
fn help(typed: impl IntoIterator<Item = OsString>) -> String {
    let mut command = Cli::command();
    let mut path = command.get_name().to_owned();
    for word in typed.into_iter().skip(1) {
        let Some(meant) = command.find_subcommand(word).cloned() else {
            break;
        };
        path = format!("{path} {}", meant.get_name());
        command = meant;
    }
    format!("{path} --help")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn one_line_and_a_hint() {
        for (typed, line, hint) in [
            (
                &["sign", "--in-place", "--kyy"][..],
                "unexpected argument '--kyy' found",
                "a similar argument exists: '--key'",
            ),
            (
                &["show"],
                "the following required arguments were not provided: <TARGET>",
                "dpkg-ima show --help",
            ),
            (
                &["keys", "load", "sign"],
                "unexpected argument 'sign' found",
                "dpkg-ima keys load --help",
            ),
            (
                &["--zzz", "sign"],
                "unexpected argument '--zzz' found",
                "dpkg-ima --help",
            ),
        ] {
            let typed = || ["dpkg-ima"].iter().chain(typed).map(OsString::from);
            let error = Cli::try_parse_from(typed()).unwrap_err();
            let text = error.render().to_string();
            let told = (mistake(&text), tip(&text, typed()));
            assert_eq!((told.0.as_str(), told.1.as_str()), (line, hint));
        }
    }
}
