//! What the commands that sign have in common: the key, and the report.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;

use super::args::{KeyArgs, SelectionArgs, SigningArgs};
use super::cache::with_cache;
use super::exit::Exit;
use super::report::{Report, Unit, complain, count, progress};
use super::written::{remarks, report_voided};
use crate::format::deb::Voided;
use crate::keys::signing::{KeyError, Secret, Secrets, Signer, load_signer};
use crate::machine::error::shown;
use crate::tasks::sign::{Listener, Options, SignError, Signed, SigningJob, SigningPlan, Written};

/// The variable that may hold the passphrase of the key's file.
const PASSPHRASE: &str = "DPKG_IMA_PASSPHRASE";
/// The variable that may hold the PIN of the key's token.
const PIN: &str = "DPKG_IMA_PIN";

/// The key to sign with, which matches its certificate. Asks for a passphrase or PIN where one is needed and there is a
/// terminal.
///
/// # Errors
/// A [`KeyError`] that says whether key or certificate is of no use.
pub(super) fn load(args: &KeyArgs) -> Result<Box<dyn Signer>, KeyError> {
    let secrets = Secrets {
        passphrase: secret(args.passphrase_file.as_deref(), PASSPHRASE),
        pin: secret(args.pin_file.as_deref(), PIN),
    };
    let signer = load_signer(&args.key, args.cert.as_deref(), &secrets)?;
    match &args.cache {
        Some(cache) => with_cache(signer, cache),
        None => Ok(signer),
    }
}

fn secret(file: Option<&Path>, variable: &str) -> Secret {
    match (file, std::env::var(variable)) {
        (Some(file), _) => Secret::File(file.to_owned()),
        (None, Ok(secret)) => Secret::Given(secret),
        (None, Err(_)) => Secret::Ask,
    }
}

/// How packages are signed, or only read.
pub(super) fn options(selection: &SelectionArgs, voided: Voided) -> Options {
    Options {
        selection: selection.files.into(),
        algorithm: selection.hash.into(),
        voided,
    }
}

/// Reports what a plan refuses, has its jobs done, and adds up the results; returns whether all were good.
pub(super) fn work(
    plan: SigningPlan,
    voided: Voided,
    report: &mut Report,
    run: impl FnOnce(Vec<SigningJob>, &Totals),
) -> bool {
    let mut good = plan.refused.is_empty();
    if plan.jobs.is_empty() && plan.refused.is_empty() {
        report.note("there is no package to sign");
    }
    for (path, error) in plan.refused {
        explain(&path, &error);
        report.answer(Exit::Trouble);
    }
    let totals = Totals::new(plan.jobs.iter().map(|job| job.size).sum(), voided);
    run(plan.jobs, &totals);
    good &= totals.report(report);
    if !plan.left_out.is_empty() {
        report.line(format_args!("left out: {}", plan.left_out));
    }
    good
}

/// Removes what was made of packages that are gone, if that is wanted and sure.
pub(super) fn prune(
    args: &SigningArgs,
    good: bool,
    is_empty: bool,
    what: &str,
    report: &mut Report,
    remove: impl FnOnce() -> Result<usize, SignError>,
) {
    if !args.prune {
        return;
    }
    if !good || is_empty {
        // An unmounted pool, for one, must not empty the output.
        let why = if good {
            "no package was found"
        } else {
            "not all packages could be signed"
        };
        return report.note(format_args!("no {what} was removed: {why}"));
    }
    match remove() {
        Ok(0) => {}
        Ok(removed) => report.line(format_args!("removed {}", count(removed, what))),
        Err(error) => report.trouble(&error, error.hint()),
    }
}

pub(super) fn explain(package: &Path, error: &SignError) {
    let message = format!("cannot sign '{}': {error}", shown(package));
    complain(message, error.hint());
}

/// Adds up the results of packages. Failures, and remarks on a package, are printed at once.
pub(super) struct Totals {
    bar: ProgressBar,
    packages: AtomicUsize,
    up_to_date: AtomicUsize,
    failed: AtomicUsize,
    entries: AtomicUsize,
    made: AtomicUsize,
    kept: AtomicUsize,
    voided: AtomicUsize,
    /// Whether void signatures were kept or dropped.
    fate: Voided,
}

impl Listener for Totals {
    fn finished(&self, job: &SigningJob, result: &Result<Signed, SignError>) {
        let add = |to: &AtomicUsize, count| to.fetch_add(count, Ordering::Relaxed);
        match result {
            Ok(signed) => {
                add(&self.packages, 1);
                add(&self.entries, signed.entries);
                add(&self.made, signed.made);
                add(&self.kept, signed.kept);
                add(&self.voided, signed.written.voided.len());
                self.remark(job, &signed.written);
            }
            Err(error) => {
                add(&self.failed, 1);
                self.bar.suspend(|| explain(&job.input, error));
            }
        }
        self.bar.inc(job.size);
    }

    fn is_up_to_date(&self, job: &SigningJob) {
        self.up_to_date.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(job.size);
    }

    fn stopped(&self, packages: usize) {
        if packages == 0 {
            return;
        }
        let left = count(packages, "other package");
        self.bar
            .suspend(|| complain(format_args!("stopped: {left} not signed"), None));
    }
}

impl Totals {
    fn new(bytes: u64, fate: Voided) -> Self {
        Self {
            bar: progress(bytes, Unit::Bytes),
            packages: AtomicUsize::new(0),
            up_to_date: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            entries: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            voided: AtomicUsize::new(0),
            fate,
        }
    }

    fn remark(&self, job: &SigningJob, written: &Written) {
        for remark in remarks(&job.output, written, self.fate, "new") {
            self.bar.suspend(|| complain(&remark, None));
        }
    }

    /// Prints the sums; returns whether no package failed.
    fn report(self, report: &mut Report) -> bool {
        self.bar.finish_and_clear();
        report_voided(self.voided.load(Ordering::Relaxed), self.fate, report);
        let good = self.failed.into_inner() == 0;
        if !good {
            report.answer(Exit::Trouble);
        }
        let packages = self.packages.into_inner();
        if packages > 0 {
            report.line(format_args!(
                "signed {}: {}, {} made, {} kept",
                count(packages, "package"),
                count(self.entries.into_inner(), "file"),
                count(self.made.into_inner(), "signature"),
                self.kept.into_inner(),
            ));
        }
        match self.up_to_date.into_inner() {
            0 => {}
            number => report.line(format_args!("{} up to date", count(number, "package"))),
        }
        good
    }
}
