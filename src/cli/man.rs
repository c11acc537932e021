//! The man pages of section 1, from clap's definition.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::{Cli, EXIT_STATUS};
use super::examples::HEADING;

/// The footer of every page.
const SOURCE: &str = concat!("dpkg-ima ", env!("CARGO_PKG_VERSION"));

/// The pages under SEE ALSO; a page does not name itself.
const SEE_ALSO: [(&str, &str); 8] = [
    ("dpkg-ima", "1"),
    ("imasigs", "5"),
    ("dpkg-ima.toml", "5"),
    ("dpkg-ima-local", "7"),
    ("dpkg-ima-repository", "7"),
    ("dpkg-ima-helper", "8"),
    ("dpkg", "1"),
    ("evmctl", "1"),
];

/// Writes one page for the command and one for each command in it, such as `dpkg-ima-keys-load.1`.
///
/// # Errors
/// If one cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
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
    page(folder, &command)
}

fn page(folder: &Path, command: &clap::Command) -> io::Result<()> {
    // An empty date is left out, and the rest moves into its place.
    let man = Man::new(command.clone())
        .date(" ")
        .source(SOURCE)
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    last_sections(command).to_writer(&mut page)?;
    fs::write(folder.join(man.get_filename()), page)
}

/// Exit status, examples, and what else to read.
fn last_sections(command: &clap::Command) -> Roff {
    let mut roff = Roff::new();
    let status = EXIT_STATUS.split_once(": ").map_or("", |(_, codes)| codes);
    roff.control("SH", ["EXIT STATUS"]).text([roman(status)]);
    let help = command.get_after_long_help().map(ToString::to_string);
    if let Some(text) = help.as_deref().and_then(|help| help.strip_prefix(HEADING)) {
        examples(&mut roff, text.trim_end_matches(EXIT_STATUS).trim_end());
    }
    see_also(&mut roff, command.get_name());
    roff
}

/// Commands are set as typed and indented, the words above them as a paragraph.
fn examples(roff: &mut Roff, text: &str) {
    roff.control("SH", ["EXAMPLES"]);
    let mut typed = false;
    for line in text.lines() {
        let command = line.strip_prefix("  ");
        match (typed, command) {
            (false, Some(_)) => drop(roff.control("RS", ["4"]).control("EX", [])),
            (true, None) => drop(roff.control("EE", []).control("RE", []).control("PP", [])),
            _ => {}
        }
        roff.text([roman(command.unwrap_or(line))]);
        typed = command.is_some();
    }
    roff.control("EE", []).control("RE", []);
}

fn see_also(roff: &mut Roff, name: &str) {
    roff.control("SH", ["SEE ALSO"]);
    let others: Vec<_> = SEE_ALSO.iter().filter(|(page, _)| *page != name).collect();
    for (index, (page, section)) in others.iter().enumerate() {
        let end = if index + 1 < others.len() { "," } else { "" };
        roff.text([bold(*page), roman(format!("({section}){end}"))]);
    }
}
