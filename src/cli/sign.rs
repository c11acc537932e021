//! `dpkg-ima sign`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::archive::sign_archive;
use super::args::{SignArgs, SigningArgs};
use super::exit::Exit;
use super::local;
use super::report::Report;
use super::sign_status;
use super::signing::{conclude, load, options, prune, work};
use super::summary::Summary;
use crate::format::deb::Voided;
use crate::keys::signing::Signer;
use crate::tasks::sign::{
    self, Destination, DetachedLists, Options, SignError, SignedPool, SigningPlan,
};

pub fn run(args: &SignArgs) -> Exit {
    let mut report = Report::new();
    if args.local.local {
        local::sign(args, &mut report);
        return report.finish();
    }
    if let Some(folder) = &args.status.status {
        sign_status::tell(args, folder, &mut report);
        return report.finish();
    }
    match load(&args.key) {
        Ok(signer) => {
            let summary = match &args.archive.archive {
                Some(sources) => sign_archive(args, sources, &*signer, &mut report),
                None => sign_all(&args.signing, &*signer, &mut report),
            };
            conclude(summary, &*signer, args.json, &mut report);
        }
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

/// Signs packages, or makes their lists; `attach` does so with signatures of a file. None if the output cannot be used, which is
/// reported.
pub(super) fn sign_all(
    args: &SigningArgs,
    signer: &dyn Signer,
    report: &mut Report,
) -> Option<Summary> {
    let voided = args.voided();
    let options = options(&args.selection, voided);
    match &args.destination.output {
        Some(tree) if args.detached => {
            let lists = DetachedLists::open(tree, signer, options, None);
            let lists = opened(lists, report)?;
            Some(sign_detached(args, &lists, report))
        }
        Some(folder) if is_pool(args, folder) => sign_pool(args, folder, signer, options, report),
        _ => {
            let plan = SigningPlan::new(&args.packages, &Destination::from(&args.destination));
            let (summary, _) = work(plan, voided, report, |jobs, totals| {
                sign::run(jobs, signer, options, totals);
            });
            Some(summary)
        }
    }
}

/// Whether the output is to be brought up to date. Single packages are just signed: the folder may hold anything else.
fn is_pool(args: &SigningArgs, folder: &Path) -> bool {
    let is_folder = |package: &PathBuf| package.is_dir();
    args.prune || args.packages.iter().any(is_folder) || SignedPool::is_at(folder)
}

fn opened<T>(output: Result<T, SignError>, report: &mut Report) -> Option<T> {
    output
        .map_err(|error| report.trouble(&error, error.hint()))
        .ok()
}

fn sign_pool(
    args: &SigningArgs,
    folder: &Path,
    signer: &dyn Signer,
    options: Options,
    report: &mut Report,
) -> Option<Summary> {
    let plan = SigningPlan::new(&args.packages, &Destination::from(&args.destination));
    if plan.jobs.is_empty() {
        // Nothing is left in a folder that cannot be the output.
        let (mut summary, good) = work(plan, options.voided, report, |_, _| {});
        let what = ("package", &mut summary);
        prune(args, good, true, what, report, || Ok(0));
        return Some(summary);
    }
    let pool = opened(SignedPool::open(folder, signer, options), report)?;
    let outputs: HashSet<_> = plan.jobs.iter().map(|job| job.output.clone()).collect();
    let (mut summary, good) = work(plan, options.voided, report, |jobs, totals| {
        sign::run_incremental(jobs, &pool, totals);
    });
    let what = ("package", &mut summary);
    prune(args, good, outputs.is_empty(), what, report, || {
        pool.prune(&outputs)
    });
    Some(summary)
}

fn sign_detached(args: &SigningArgs, lists: &DetachedLists<'_>, report: &mut Report) -> Summary {
    let (plan, names) = SigningPlan::detached(&args.packages, lists);
    let (mut summary, good) = work(plan, Voided::Keep, report, |jobs, totals| {
        sign::run_incremental(jobs, lists, totals);
    });
    let what = ("list", &mut summary);
    prune(args, good, names.is_empty(), what, report, || {
        lists.prune(&names)
    });
    summary
}
