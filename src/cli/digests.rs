//! `dpkg-ima digests`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::args::DigestsArgs;
use super::exit::Exit;
use super::package_bar::PackageBar;
use super::report::{Report, complain};
use super::signing::options;
use crate::format::deb::Voided;
use crate::machine::error::shown;
use crate::tasks::sign::{Destination, Digests, SignError, SigningPlan, TextFile};

pub fn run(args: &DigestsArgs) -> Exit {
    let mut report = Report::new();
    // Nothing is written to the packages: their places are of no use here.
    let plan = SigningPlan::new(&args.packages, &Destination::InPlace);
    for (path, error) in &plan.refused {
        explain(path, error);
        report.answer(Exit::Trouble);
    }
    if plan.jobs.is_empty() && plan.refused.is_empty() {
        report.note("there is no package to read");
    }
    let digests = read(plan, args, &mut report);
    match &args.output {
        None => digests.lines().for_each(|line| report.line(line)),
        Some(place) => {
            if let Err(error) = write(&digests, place) {
                report.trouble(&error, error.hint());
            }
        }
    }
    report.finish()
}

fn read(plan: SigningPlan, args: &DigestsArgs, report: &mut Report) -> Digests {
    let bar = PackageBar::over(&plan.jobs);
    let failed = AtomicBool::new(false);
    let options = options(&args.selection, Voided::Keep);
    let digests = Digests::of(plan.jobs, options, |job, result| {
        if let Err(error) = result {
            failed.store(true, Ordering::Relaxed);
            bar.suspend(|| explain(&job.input, &error));
        }
        bar.done(job);
    });
    bar.finish();
    if failed.into_inner() {
        report.answer(Exit::Trouble);
    }
    digests
}

fn explain(package: &Path, error: &SignError) {
    let message = format!("cannot read '{}': {error}", shown(package));
    complain(message, error.hint());
}

fn write(digests: &Digests, place: &Path) -> Result<(), SignError> {
    let mut file = TextFile::create(place)?;
    for line in digests.lines() {
        file.line(&line)?;
    }
    file.finish().map(drop)
}
