//! Reads the records that there are, and tells of each file that was refused.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::asked::{is_about, meant};
use super::follow::follow;
use super::sources::{report_left_out, report_sources};
use super::tell::tell;
use crate::cli::args::WhyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::machine::root::Root;
use crate::tasks::why::{Effect, Enforcement, Period, Refusals, Refused, read_all};

pub fn run(args: &WhyArgs) -> Exit {
    let mut report = Report::new();
    match Root::open(&args.root) {
        Ok(root) if args.follow => follow(args, &root, &mut report),
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
    report_left_out(refusals.left_out(), report);
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
