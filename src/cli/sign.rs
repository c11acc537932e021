//! `dpkg-ima sign`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::archive::sign_archive;
use super::args::{SignArgs, SigningArgs};
use super::cache::report_found;
use super::exit::Exit;
use super::local;
use super::report::Report;
use super::sign_status;
use super::signing::{load, options, prune, work};
use crate::format::deb::Voided;
use crate::keys::signing::Signer;
use crate::tasks::sign::{self, Destination, DetachedLists, Options, SignedPool, SigningPlan};

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
            match &args.archive.archive {
                Some(sources) => sign_archive(args, sources, &*signer, &mut report),
                None => sign_all(&args.signing, &*signer, &mut report),
            }
            report_found(&*signer, &mut report);
        }
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

/// Signs packages, or makes their lists; `attach` does so with signatures of a file.
pub(super) fn sign_all(args: &SigningArgs, signer: &dyn Signer, report: &mut Report) {
    let voided = args.voided();
    let options = options(&args.selection, voided);
    match &args.destination.output {
        Some(tree) if args.detached => match DetachedLists::open(tree, signer, options, None) {
            Ok(lists) => sign_detached(args, &lists, report),
            Err(error) => report.trouble(&error, error.hint()),
        },
        Some(folder) if is_pool(args, folder) => sign_pool(args, folder, signer, options, report),
        _ => {
            let plan = SigningPlan::new(&args.packages, &Destination::from(&args.destination));
            work(plan, voided, report, |jobs, totals| {
                sign::run(jobs, signer, options, totals);
            });
        }
    }
}

/// Whether the output is to be brought up to date. Single packages are just signed: the folder may hold anything else.
fn is_pool(args: &SigningArgs, folder: &Path) -> bool {
    let is_folder = |package: &PathBuf| package.is_dir();
    args.prune || args.packages.iter().any(is_folder) || SignedPool::is_at(folder)
}

fn sign_pool(
    args: &SigningArgs,
    folder: &Path,
    signer: &dyn Signer,
    options: Options,
    report: &mut Report,
) {
    let plan = SigningPlan::new(&args.packages, &Destination::from(&args.destination));
    if plan.jobs.is_empty() {
        // Nothing is left in a folder that cannot be the output.
        let good = work(plan, options.voided, report, |_, _| {});
        return prune(args, good, true, "package", report, || Ok(0));
    }
    let pool = match SignedPool::open(folder, signer, options) {
        Ok(pool) => pool,
        Err(error) => return report.trouble(&error, error.hint()),
    };
    let outputs: HashSet<_> = plan.jobs.iter().map(|job| job.output.clone()).collect();
    let good = work(plan, options.voided, report, |jobs, totals| {
        sign::run_incremental(jobs, &pool, totals);
    });
    prune(args, good, outputs.is_empty(), "package", report, || {
        pool.prune(&outputs)
    });
}

fn sign_detached(args: &SigningArgs, lists: &DetachedLists<'_>, report: &mut Report) {
    let (plan, names) = SigningPlan::detached(&args.packages, lists);
    let good = work(plan, Voided::Keep, report, |jobs, totals| {
        sign::run_incremental(jobs, lists, totals);
    });
    prune(args, good, names.is_empty(), "list", report, || {
        lists.prune(&names)
    });
}
