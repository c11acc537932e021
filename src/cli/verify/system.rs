//! `dpkg-ima verify` without a target.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;

use indicatif::ProgressBar;
use serde_json::json;

use super::counts::Counts;
use super::overview::Overview;
use crate::cli::args::VerifyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::{Report, Unit, progress};
use crate::format::imasigs::escaped;
use crate::keys::signing::Trust;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::verify::{Progress, SystemFinding, Told, verify_system};

/// Verifies the system beneath a root, and counts what it finds.
pub(super) fn verify(
    root: &Root,
    trust: &Trust,
    args: &VerifyArgs,
    report: &mut Report,
    counts: &mut Counts,
) {
    let mut overview = Overview::default();
    let target = shown(&args.root);
    // A bar between the lines of standard output could not be read.
    let bar = if args.json && io::stdout().is_terminal() {
        ProgressBar::hidden()
    } else {
        progress(0, Unit::Files)
    };
    let show = |progress| match progress {
        Progress::Stage(what, files) => {
            bar.reset();
            bar.set_length(files);
            bar.set_message(what);
        }
        Progress::Done(files) => bar.inc(files),
    };
    let done = verify_system(root, trust, &show, &mut |told| {
        match told {
            Told::Found(file) => {
                overview.add(file);
                if !file.finding.verdict.is_fine() {
                    report.answer(Exit::No);
                }
                if args.json {
                    report.json(&as_json(&target, file));
                }
            }
            Told::Trouble(error) => {
                bar.suspend(|| report.trouble(format_args!("cannot verify: {error}"), None));
            }
        }
        if report.is_closed() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    if !args.json {
        report.lines(&overview);
    }
    if let Err(error) = done {
        report.trouble(format_args!("cannot verify '{target}': {error}"), None);
    }
    report.left_out(root);
    *counts = overview.into_counts();
}

fn as_json(target: &str, file: SystemFinding<'_>) -> serde_json::Value {
    let verdict = file.finding.verdict;
    json!({
        "target": target,
        "file": escaped(&file.finding.path),
        "verdict": verdict.name(),
        "key": verdict.key_id().map(|key_id| key_id.to_string()),
        "package": file.package.map(|package| package.as_str()),
        "listed": file.is_listed,
    })
}
