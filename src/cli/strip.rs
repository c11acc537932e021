//! `dpkg-ima strip`.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::args::StripArgs;
use super::exit::Exit;
use super::package_bar::PackageBar;
use super::report::{Report, complain};
use super::written::{remarks, report_voided};
use crate::format::plural::count;
use crate::machine::error::shown;
use crate::tasks::sign::{SignError, SigningPlan, run_strip};

pub fn run(args: &StripArgs) -> Exit {
    let mut report = Report::new();
    let plan = SigningPlan::new(&args.packages, &args.destination());
    if plan.jobs.is_empty() && plan.refused.is_empty() {
        report.note("there is no package to strip");
    }
    for (path, error) in &plan.refused {
        explain(path, error);
        report.answer(Exit::Trouble);
    }
    let left_out = plan.left_out;
    strip(plan, args, &mut report);
    if !left_out.is_empty() {
        report.line(format_args!("left out: {left_out}"));
    }
    report.finish()
}

/// Strips the packages and prints the sums. Failures, and remarks on a package, are printed at once.
fn strip(plan: SigningPlan, args: &StripArgs, report: &mut Report) {
    let bar = PackageBar::over(&plan.jobs);
    let [stripped, without, failed, void] = [const { AtomicUsize::new(0) }; 4];
    let voided_are = args.voided();
    run_strip(plan.jobs, voided_are, |job, result| {
        match result {
            Ok(done) => {
                let sum = if done.had_list { &stripped } else { &without };
                sum.fetch_add(1, Ordering::Relaxed);
                void.fetch_add(done.written.voided.len(), Ordering::Relaxed);
                for remark in remarks(&job.output, &done.written, voided_are, "gone") {
                    bar.suspend(|| complain(&remark, None));
                }
            }
            Err(error) => {
                failed.fetch_add(1, Ordering::Relaxed);
                bar.suspend(|| explain(&job.input, &error));
            }
        }
        bar.done(job);
    });
    bar.finish();
    report_voided(void.into_inner(), voided_are, report);
    if failed.into_inner() > 0 {
        report.answer(Exit::Trouble);
    }
    for (number, what) in [(stripped, "stripped"), (without, "without a list:")] {
        match number.into_inner() {
            0 => {}
            number => report.line(format_args!("{what} {}", count(number, "package"))),
        }
    }
}

fn explain(package: &Path, error: &SignError) {
    let message = format!("cannot strip '{}': {error}", shown(package));
    complain(message, error.hint());
}
