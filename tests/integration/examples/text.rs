//! Takes the examples out of what users read: man pages as they are shown, and the README.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Run;

/// How far man sets in the text of a section, and then what an example shows.
const SET_IN: &str = "           ";

/// A file of the source.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The page as a reader sees it, on a terminal wide enough that no line is broken.
pub fn shown(page: &Path) -> String {
    let man = Run::new("man").env("MANWIDTH", "1000");
    let outcome = man.args(["--warnings", "-l"]).arg(page).ok();
    assert_eq!(outcome.stderr(), "", "{page:?}");
    outcome.stdout()
}

/// The lines of a page that can be copied from its section of that name.
pub fn examples_of(page: &Path, section: &str) -> Vec<String> {
    let text = shown(page);
    let section = text.lines().skip_while(|line| *line != section).skip(1);
    let section = section.take_while(|line| line.is_empty() || line.starts_with(' '));
    let examples = section.filter_map(|line| line.strip_prefix(SET_IN));
    examples.map(str::to_owned).collect()
}

/// The commands of the README, without what is said about them behind a `#`.
pub fn commands_of_the_readme() -> Vec<String> {
    let text = fs::read_to_string(source("README.md")).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    let commands = lines.map(|line| line.split(" # ").next().unwrap_or(line));
    commands.map(|line| line.trim_end().to_owned()).collect()
}

/// The pages of section 1, written by the program under test, and the others, from the source.
pub fn pages(folder: &Path) -> Vec<PathBuf> {
    Run::dpkg_ima().args(["generate", "man"]).arg(folder).ok();
    let all = [folder, &source("debian")].map(|folder| fs::read_dir(folder).unwrap());
    let paths = all.into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = paths.filter(|path| section(path).is_some()).collect();
    pages.sort();
    pages
}

/// The section that a page is in; none if the file is no page.
pub fn section(page: &Path) -> Option<char> {
    let name = page.file_name()?.to_str()?.trim_end_matches(".gz");
    let (_, end) = name.rsplit_once('.')?;
    end.parse().ok().filter(char::is_ascii_digit)
}
