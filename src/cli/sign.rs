//! `dpkg-ima sign`.

use super::args::{SignArgs, SigningArgs};
use super::exit::Exit;
use super::report::{Report, count};
use super::signing::{load, options, work};
use crate::format::deb::Voided;
use crate::keys::signing::Signer;
use crate::tasks::sign::{self, Destination, DetachedLists, SigningPlan};

pub fn run(args: &SignArgs) -> Exit {
    let mut report = Report::new();
    match load(&args.key) {
        Ok(signer) => sign_all(&args.signing, &signer, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

/// Signs packages, or makes their lists; `attach` does so with signatures of a file.
pub(super) fn sign_all(args: &SigningArgs, signer: &dyn Signer, report: &mut Report) {
    let voided = match args.drop_signatures {
        true => Voided::Drop,
        false => Voided::Keep,
    };
    let options = options(&args.selection, voided);
    if let (true, Some(tree)) = (args.detached, &args.destination.output) {
        match DetachedLists::open(tree, signer, options) {
            Ok(lists) => sign_detached(args, &lists, report),
            Err(error) => report.trouble(&error, error.hint()),
        }
        return;
    }
    let plan = SigningPlan::new(&args.packages, &Destination::from(&args.destination));
    work(plan, voided, report, |jobs, totals| {
        sign::run(jobs, signer, options, totals);
    });
}

fn sign_detached(args: &SigningArgs, lists: &DetachedLists<'_>, report: &mut Report) {
    let (plan, names) = SigningPlan::detached(&args.packages, lists);
    let good = work(plan, Voided::Keep, report, |jobs, totals| {
        sign::run_detached(jobs, lists, totals);
    });
    if !args.prune {
        return;
    }
    if !good || names.is_empty() {
        // An unmounted pool, for one, must not empty the tree.
        let why = if good {
            "no package was found"
        } else {
            "not all packages could be signed"
        };
        return report.note(format_args!("no list was removed: {why}"));
    }
    match lists.prune(&names) {
        Ok(0) => {}
        Ok(removed) => report.line(format_args!("removed {}", count(removed, "list"))),
        Err(error) => report.trouble(&error, error.hint()),
    }
}
