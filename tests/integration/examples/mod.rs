//! What the documentation shows works: examples are taken out of the man pages and the README, and run as they are typed, in a
//! Debian root with our packages. `special` names those that cannot be, each with what is done instead.
//!
//! A new example goes into src/cli/examples.rs, a page of debian/ or the README. If it names a file that `workshop` does not
//! make, that is the place to make it.

mod special;
mod text;
mod workshop;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dpkg_ima::machine::config::{Config, Unsigned};
use dpkg_ima::machine::root::Root;

use crate::support::{DebBuilder, Run, scratch};
use special::{ensure_works, left_over};
use text::{commands_of_the_readme, pages, section, shown};
pub use text::{examples_of, source};
use workshop::Workshop;

/// Pages without that section: the one command below the first has it, the second is for hooks, and the recipes of the
/// third need repository software (module `repositories`).
const WITHOUT: [&str; 3] = [
    "dpkg-ima-policy.1",
    "dpkg-ima-helper.8",
    "dpkg-ima-repository.7",
];

/// The pages that our packages bring, as they are installed.
fn installed_pages(workshop: &Workshop) -> Vec<PathBuf> {
    let machine = &workshop.machine;
    let files = machine.dpkg(&["-L", "dpkg-ima", "dpkg-ima-tools"]).ok();
    let files = files.stdout();
    let pages = files
        .lines()
        .filter(|path| path.starts_with("/usr/share/man/") && path.ends_with(".gz"));
    let mut pages: Vec<_> = pages.map(|path| machine.chroot.at(path)).collect();
    pages.sort();
    pages
}

/// The name of a page without `.gz`.
fn name(page: &Path) -> String {
    let name = page.file_name().unwrap().to_string_lossy();
    name.trim_end_matches(".gz").to_owned()
}

#[test]
fn the_examples_of_the_man_pages_work() {
    let workshop = Workshop::set_up();
    let pages = installed_pages(&workshop);
    assert!(pages.len() >= WITHOUT.len() + 10, "{pages:?}");
    for page in pages {
        let examples = examples_of(&page, "EXAMPLES");
        assert_eq!(
            examples.is_empty(),
            WITHOUT.contains(&name(&page).as_str()),
            "{page:?}"
        );
        // What section 5 shows are files; the two tests of samples read them.
        if section(&page) != Some('5') {
            workshop.tidy_up();
            for example in &examples {
                ensure_works(&workshop, example);
            }
        }
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    let workshop = Workshop::before_installation();
    for command in commands_of_the_readme() {
        ensure_works(&workshop, &command);
    }
    workshop.run("hello").ok().says("hello");
}

#[test]
fn an_example_that_does_not_work_is_found() {
    let workshop = Workshop::set_up();
    workshop.tidy_up();
    for wrong in ["dpkg-ima shwo hello", "dpkg-ima show none | sort", "false"] {
        assert_ne!(workshop.run(wrong).outcome().code(), Some(0), "{wrong}");
    }
}

#[test]
fn every_special_case_is_an_example() {
    let folder = scratch();
    let mut examples = commands_of_the_readme();
    for page in pages(folder.path()) {
        examples.extend(examples_of(&page, "EXAMPLES"));
    }
    assert_eq!(left_over(&examples), [""; 0]);
}

#[test]
fn the_sample_list_is_read() {
    let folder = scratch();
    let sample = examples_of(&source("debian/imasigs.5"), "EXAMPLES");
    let list = sample.join("\n") + "\n";
    let deb = DebBuilder::new("sample", "1.0").control("imasigs", list);
    let deb = deb.build(folder.path());
    let shown = Run::dpkg_ima().arg("show").arg(deb).ok().stdout();
    assert_eq!(shown.lines().count(), sample.len() - 1, "{shown}");
    assert!(sample.len() > 1, "{sample:?}");
}

#[test]
fn the_sample_settings_are_read() {
    let root = scratch();
    fs::create_dir(root.path().join("etc")).unwrap();
    let sample = examples_of(&source("debian/dpkg-ima.toml.5"), "EXAMPLES").join("\n");
    fs::write(root.path().join("etc/dpkg-ima.toml"), sample).unwrap();
    let config = Config::read(&Root::open(root.path()).unwrap()).unwrap();
    assert_eq!(config.unsigned, Unsigned::Refuse);
}

/// What stands between `open` and `close` at the beginning of a line.
fn between<'a>(text: &'a str, open: &str, close: &str) -> BTreeSet<&'a str> {
    let lines = text.lines().map(str::trim_start);
    let rest = lines.filter_map(|line| line.strip_prefix(open));
    rest.filter_map(|rest| Some(rest.split_once(close)?.0))
        .collect()
}

#[test]
fn every_setting_is_described() {
    let program = fs::read_to_string(source("src/machine/config.rs")).unwrap();
    let page = shown(&source("debian/dpkg-ima.toml.5"));
    // As the parser matches them: ("key", DeValue::…) and "value" => Ok(…).
    let keys = between(&program, "(\"", "\", DeValue::");
    let values = between(&program, "\"", "\" => Ok(");
    assert!(keys.contains("unsigned") && values.contains("refuse"));
    for key in keys {
        let described = page
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{key} (")));
        assert!(described, "{key}");
    }
    for value in values {
        assert!(page.contains(&format!("\"{value}\"")), "{value}");
    }
}
