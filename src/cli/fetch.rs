//! `dpkg-ima fetch`.

use std::path::Path;

use super::args::FetchArgs;
use super::exit::Exit;
use super::report::{Report, fetching};
use crate::contents::is_deb;
use crate::dpkg::PackageName;
use crate::format::plural::count;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::fetch::{Ahead, AheadError, AheadOptions, Lacking, fetch_ahead};

pub fn run(args: &FetchArgs) -> Exit {
    let mut report = Report::new();
    match options(args) {
        Ok(options) => match fetch(&options) {
            Ok(ahead) => conclude(&ahead, &mut report),
            Err(error) => report.trouble(&error, hint(&error)),
        },
        Err(message) => report.trouble(message, None),
    }
    report.finish()
}

/// A .deb is told from a package by its name, as [`is_deb`] does, or by a slash.
fn options(args: &FetchArgs) -> Result<AheadOptions, String> {
    let mut options = AheadOptions {
        all: args.all,
        output: args.output.clone(),
        ..AheadOptions::default()
    };
    for target in &args.targets {
        if is_deb(target) || target.as_os_str().as_encoded_bytes().contains(&b'/') {
            options.debs.push(target.clone());
            continue;
        }
        let package = target.to_str().and_then(PackageName::new);
        let nothing = || format!("'{}' is neither a .deb nor a package's name", shown(target));
        options.packages.push(package.ok_or_else(nothing)?);
    }
    Ok(options)
}

fn fetch(options: &AheadOptions) -> Result<Ahead, AheadError> {
    let root = Root::open(Path::new("/"))?;
    fetch_ahead(&root, options, &fetching)
}

const fn hint(error: &AheadError) -> Option<&'static str> {
    match error {
        AheadError::NoSource => {
            Some("add a line such as: sources = [\"https://ima.example.org/lists\"]")
        }
        AheadError::NotInstalled(_) => Some("name its .deb; apt download fetches one"),
        _ => None,
    }
}

fn conclude(ahead: &Ahead, report: &mut Report) {
    print_fetched(ahead, report);
    for trouble in &ahead.troubles {
        report.trouble(trouble, None);
    }
    print_lacking(&ahead.lacking, report);
}

/// How many lists were fetched, and what became of those for packages that bring their own.
fn print_fetched(ahead: &Ahead, report: &mut Report) {
    let mut line = format!("{} fetched", count(ahead.fetched, "signature list"));
    if ahead.signed > 0 {
        line.push_str(&format!(
            "; {} bring their own",
            count(ahead.signed, "package")
        ));
    }
    if ahead.renewed > 0 {
        line.push_str(&format!(
            ", {} of which were signed anew: dpkg-ima relabel labels their files",
            count(ahead.renewed, "list")
        ));
    }
    report.line(line);
    if let Some(first) = ahead.not_renewed.first() {
        report.note(format_args!(
            "a source has other lists for {} than they bring, such as {first}, and those are not used: they name other \
             contents, or their key is not held",
            count(ahead.not_renewed.len(), "package")
        ));
        report.answer(Exit::No);
    }
}

/// Names each package whose list at a source is not used, and the first of those that no source has one for.
fn print_lacking(lacking: &[(String, Lacking)], report: &mut Report) {
    let mut nowhere = Vec::new();
    for (package, lacking) in lacking {
        match lacking {
            Lacking::Nowhere => nowhere.push(package),
            Lacking::NoAnswer => continue,
            Lacking::NotUsed { .. } => report.note(format_args!("package {package}: {lacking}")),
        }
        report.answer(Exit::No);
    }
    match &nowhere[..] {
        [] => {}
        [package] => report.note(format_args!("no source has a list for {package}")),
        [package, ..] => {
            let packages = count(nowhere.len(), "package");
            report.note(format_args!(
                "no source has a list for {packages}, such as {package}"
            ));
        }
    }
}
