//! What the commands that sign have in common: the key, and the report.

use std::path::Path;

use super::args::{KeyArgs, SelectionArgs, SigningArgs};
use super::cache::with_cache;
use super::exit::Exit;
use super::report::Report;
use super::summary::Summary;
use super::totals::{Totals, explain};
use crate::format::deb::Voided;
use crate::keys::signing::{KeyError, Secret, Secrets, Signer, load_signer};
use crate::machine::private_memory::keep_memory_private;
use crate::machine::program::{PASSPHRASE, PIN};
use crate::tasks::sign::{Options, SignError, SigningJob, SigningPlan};

/// The key to sign with, which matches its certificate. Asks for a passphrase or PIN where one is needed and there is a
/// terminal.
///
/// # Errors
/// A [`KeyError`] that says whether key or certificate is of no use.
pub(super) fn load(args: &KeyArgs) -> Result<Box<dyn Signer>, KeyError> {
    keep_memory_private();
    let secrets = Secrets {
        passphrase: secret(args.passphrase_file.as_deref(), PASSPHRASE),
        pin: match secret(args.pin_file.as_deref(), PIN) {
            // No token has an empty PIN; a passphrase may be empty.
            Secret::Given(pin) if pin.is_empty() => Secret::Ask,
            pin => pin,
        },
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
) -> (Summary, bool) {
    if plan.jobs.is_empty() && plan.refused.is_empty() {
        report.note("there is no package to sign");
    }
    for (path, error) in &plan.refused {
        explain(path, error);
    }
    let totals = Totals::over(&plan.jobs, voided);
    run(plan.jobs, &totals);
    let mut summary = totals.into_summary();
    summary.failed += plan.refused.len();
    summary.left_out = plan.left_out;
    let good = summary.failed == 0;
    if !good {
        report.answer(Exit::Trouble);
    }
    (summary, good)
}

/// Removes what was made of packages that are gone, if that is wanted and sure.
pub(super) fn prune(
    args: &SigningArgs,
    good: bool,
    is_empty: bool,
    (what, summary): (&'static str, &mut Summary),
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
        Ok(removed) => summary.removed = (removed, what),
        Err(error) => report.trouble(&error, error.hint()),
    }
}

/// Prints what was done, if anything could be.
pub(super) fn conclude(
    summary: Option<Summary>,
    signer: &dyn Signer,
    json: bool,
    report: &mut Report,
) {
    if let Some(mut summary) = summary {
        summary.cached = signer.found();
        summary.print(json, report);
    }
}
