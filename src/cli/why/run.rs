//! Reads the records, looks at their files, and prints a paragraph for each.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::sources::report_sources;
use super::told::Told;
use crate::cli::args::WhyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::{Report, count};
use crate::format::audit::AuditRecord;
use crate::format::imasigs::escaped;
use crate::machine::config::Config;
use crate::machine::root::Root;
use crate::tasks::why::{
    Effect, Enforcement, FileNow, Inspector, Period, PolicyNow, Refusals, Refused, inspected,
    read_all,
};

pub fn run(args: &WhyArgs) -> Exit {
    let mut report = Report::new();
    match Root::open(&args.root) {
        Ok(root) => why(args, &root, &mut report),
        Err(error) => report.trouble(&error, None),
    }
    report.finish()
}

fn why(args: &WhyArgs, root: &Root, report: &mut Report) {
    let period = match args.since.as_deref().map(Period::since).transpose() {
        Ok(period) => period.unwrap_or_else(|| Period::default_of(root)),
        Err(error) => {
            let hint = "such as yesterday, '2 hours ago' or '2026-11-27 14:00': see date(1)";
            return report.trouble(&error, Some(hint));
        }
    };
    let path = args.path.as_deref().map(|path| meant(path, root));
    let mut refusals = Refusals::default();
    let reading = read_all(root, period, &mut |record| {
        if path.as_deref().is_none_or(|path| is_about(&record, path)) {
            refusals.add(record);
        }
    });
    report_sources(&reading, report);
    if let left_out @ 1.. = refusals.left_out() {
        let records = count(left_out, "record");
        report.trouble(
            format_args!("{records} of other files are left out: there are too many"),
            None,
        );
    }
    let enforcement = Enforcement::of(root, reading.enforced);
    let refused: Vec<_> = refusals
        .into_refused()
        .into_iter()
        .map(|refused| {
            let effect = enforcement.effect(&refused.last);
            (refused, effect)
        })
        .collect();
    match path {
        Some(path) if refused.is_empty() => tell_one(args, root, &path, report),
        _ => tell_all(args, root, &refused, report),
    }
}

/// The file that a path means, which need not be there any more: on the running system from where the user is, links followed,
/// as the kernel names it; elsewhere from the root.
fn meant(path: &Path, root: &Root) -> PathBuf {
    match root.is_running_system() {
        true => path
            .canonicalize()
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_owned()),
        false => Path::new("/").join(path),
    }
}

/// Whether a record is about that file. The kernel names it by its whole path, or by its name alone.
fn is_about(record: &AuditRecord, path: &Path) -> bool {
    let name = record.name.as_slice();
    let last = path.file_name().map(OsStrExt::as_bytes);
    name == path.as_os_str().as_bytes() || !name.contains(&b'/') && Some(name) == last
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

fn tell_one(args: &WhyArgs, root: &Root, path: &Path, report: &mut Report) {
    let name = path.as_os_str().as_bytes();
    tell(args, root, &[(name, None)], report);
}

fn tell_all(args: &WhyArgs, root: &Root, refused: &[(Refused, Effect)], report: &mut Report) {
    let files: Vec<_> = refused
        .iter()
        .map(|(refused, effect)| (refused.last.name.as_slice(), Some((refused, *effect))))
        .collect();
    tell(args, root, &files, report);
    if refused.is_empty() && !args.json && !report.is_in_trouble() {
        report.line("nothing was refused");
    }
}

type File<'a> = (&'a [u8], Option<(&'a Refused, Effect)>);

fn tell(args: &WhyArgs, root: &Root, files: &[File<'_>], report: &mut Report) {
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
