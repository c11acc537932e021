//! Mistakes in a command line, which clap finds, in the form of all other messages.

use clap::error::ErrorKind;

use super::exit::Exit;
use super::report::{Report, complain};

/// Prints help and version as they are, and a mistake as one line.
pub fn explain(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let mut report = Report::new();
            report.bytes(error.render().to_string().as_bytes());
            report.finish()
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            complain("no command was given", Some("dpkg-ima --help lists them"));
            Exit::Trouble
        }
        _ => {
            let text = error.render().to_string();
            complain(mistake(&text), Some(&tip(&text)));
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
fn tip(text: &str) -> String {
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    tip.unwrap_or("dpkg-ima --help").to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::*;
    use clap::{CommandFactory, Parser};

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
                "dpkg-ima --help",
            ),
        ] {
            let error = Cli::try_parse_from(["dpkg-ima"].iter().chain(typed)).unwrap_err();
            let text = error.render().to_string();
            assert_eq!((mistake(&text).as_str(), tip(&text).as_str()), (line, hint));
        }
    }
}
