//! `dpkg-ima verify` without a target.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;

use indicatif::ProgressBar;

use super::bars::Bars;
use super::counts::Counts;
use super::overview::Overview;
use super::verifier::{Verifier, as_json, count_key};
use crate::cli::exit::Exit;
use crate::cli::report::{Report, Unit, progress};
use crate::machine::error::shown;
use crate::tasks::keys::Dependents;
use crate::tasks::verify::{Advance, SystemEvent, SystemFinding, verify_system};

impl Verifier<'_> {
    /// Verifies the system beneath the root, prints the overview or every file, unless keys are asked for, and counts the
    /// verdicts and the keys.
    pub(super) fn verify_system(&self, report: &mut Report, dependents: &mut Dependents) -> Counts {
        let (mut overview, mut bars) = (Overview::default(), Bars::default());
        let bar = self.bar();
        let done = verify_system(
            &self.root,
            &self.trust,
            &|progress| advance(&bar, progress),
            &mut |told| {
                match told {
                    SystemEvent::Found(file) => {
                        overview.add(file);
                        bars.add(file);
                        count_key(dependents, file.finding, file.package);
                        self.print_file(file, report);
                    }
                    SystemEvent::Trouble(error) => {
                        bar.suspend(|| report.trouble(format_args!("cannot verify: {error}"), None))
                    }
                }
                match report.is_closed() {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            },
        );
        bar.finish_and_clear();
        if !self.args.json && !self.args.by_key {
            bars.print(self.args.bars, report);
            overview.print(report);
        }
        if let Err(error) = done {
            let target = shown(&self.args.root);
            report.trouble(format_args!("cannot verify '{target}': {error}"), None);
        }
        report.left_out(&self.root);
        overview.into_counts()
    }

    /// None between lines of standard output on the same terminal: neither could be read.
    fn bar(&self) -> ProgressBar {
        if self.args.json && io::stdout().is_terminal() {
            ProgressBar::hidden()
        } else {
            progress(0, Unit::Files)
        }
    }

    fn print_file(&self, file: SystemFinding<'_>, report: &mut Report) {
        if !file.finding.verdict.is_fine() {
            report.answer(Exit::No);
        }
        if self.args.json && !self.args.by_key {
            let mut object = as_json(&shown(&self.args.root), file.finding);
            object["package"] = file.package.map(|package| package.as_str()).into();
            object["listed"] = file.is_listed.into();
            report.json(&object);
        }
    }
}

fn advance(bar: &ProgressBar, progress: Advance) {
    match progress {
        Advance::Stage(what, files) => {
            bar.reset();
            bar.set_length(files);
            bar.set_message(what);
        }
        Advance::Done(files) => bar.inc(files),
    }
}
