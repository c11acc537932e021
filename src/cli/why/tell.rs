//! Looks at files, and prints a paragraph for each.

use super::told::Told;
use crate::cli::args::WhyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::format::imasigs::escaped;
use crate::machine::config::Config;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;
use crate::tasks::why::{Asked, Effect, FileNow, Inspector, PolicyNow, Refused, inspected};

/// A file, and what was refused of it, if there is a record.
pub(super) type File<'a> = (&'a [u8], Option<(&'a Refused, Effect)>);

/// What is found of a file.
type Inspected = Result<FileNow, TargetError>;

/// Prints a paragraph, or an object, for each of the files.
pub(super) fn tell(args: &WhyArgs, root: &Root, files: &[File<'_>], report: &mut Report) {
    if files.is_empty() {
        return;
    }
    let Some(inspected) = inspect(root, files, report) else {
        return;
    };
    let has_sources = has_sources(root, report);
    let policy = PolicyNow::read(root).unwrap_or_else(|error| {
        report.note(&error);
        None
    });
    for ((name, refused), now) in files.iter().zip(inspected) {
        match now {
            Ok(now) => {
                let told = Told {
                    name,
                    refused: *refused,
                    now: &now,
                    has_sources,
                    policy: policy.as_ref(),
                };
                tell_file(args, &told, report);
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

/// How the files stand now; none if that cannot be told of any.
fn inspect(root: &Root, files: &[File<'_>], report: &mut Report) -> Option<Vec<Inspected>> {
    let asked: Vec<_> = files
        .iter()
        .map(|(name, refused)| Asked {
            name,
            record: refused.map(|(refused, _)| &refused.last),
        })
        .collect();
    let inspector = match Inspector::new(root) {
        Ok(inspector) => inspector,
        Err(error) => {
            report.trouble(&error, error.hint());
            return None;
        }
    };
    inspected(&inspector, &asked)
        .map_err(|error| report.trouble(&error, None))
        .ok()
}

fn tell_file(args: &WhyArgs, told: &Told<'_>, report: &mut Report) {
    if told.refused.is_none() && matches!(told.now, FileNow::Gone | FileNow::NoPath) {
        let file = escaped(told.name);
        let message = format_args!("'{file}' is no regular file, and there is no record of it");
        return report.trouble(message, None);
    }
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
