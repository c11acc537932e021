//! Looks at files, and prints a paragraph for each.

use super::told::Told;
use crate::cli::args::WhyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::format::imasigs::escaped;
use crate::machine::config::Config;
use crate::machine::root::Root;
use crate::tasks::why::{Effect, FileNow, Inspector, PolicyNow, Refused, inspected};

/// A file, and what was refused of it, if there is a record.
pub(super) type File<'a> = (&'a [u8], Option<(&'a Refused, Effect)>);

/// Prints a paragraph, or an object, for each of the files.
pub(super) fn tell(args: &WhyArgs, root: &Root, files: &[File<'_>], report: &mut Report) {
    if files.is_empty() {
        return;
    }
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let inspector = Inspector::new(root).map_err(|error| (error.to_string(), error.hint()));
    let inspector = match inspector {
        Ok(inspector) => inspector,
        Err((error, hint)) => return report.trouble(error, hint),
    };
    let inspected = match inspected(&inspector, &names) {
        Ok(inspected) => inspected,
        Err(error) => return report.trouble(&error, None),
    };
    let has_sources = has_sources(root, report);
    let policy = PolicyNow::read(root).unwrap_or_else(|error| {
        report.note(&error);
        None
    });
    for ((name, refused), now) in files.iter().zip(inspected) {
        match now {
            Ok(FileNow::Gone | FileNow::NoPath) if refused.is_none() => {
                let file = escaped(name);
                report.trouble(
                    format_args!("'{file}' is no regular file, and there is no record of it"),
                    None,
                );
            }
            Ok(now) => {
                let told = Told {
                    name,
                    refused: *refused,
                    now: &now,
                    has_sources,
                    policy: policy.as_ref(),
                };
                print(args, &told, report);
            }
            Err(error) => {
                let file = escaped(name);
                report.trouble(format_args!("cannot judge '{file}': {error}"), None);
            }
        }
        if report.is_closed() {
            return;
        }
    }
}

fn print(args: &WhyArgs, told: &Told<'_>, report: &mut Report) {
    if !told.is_fine() {
        report.answer(Exit::No);
    }
    match args.json {
        true => report.json(&told.as_json()),
        false => report.lines(told),
    }
}

fn has_sources(root: &Root, report: &mut Report) -> bool {
    match Config::read(root) {
        Ok(config) => !config.sources.is_empty(),
        Err(error) => {
            report.trouble(&error, None);
            false
        }
    }
}
