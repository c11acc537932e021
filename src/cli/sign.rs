//! `dpkg-ima sign`.

use super::args::SignArgs;
use super::exit::Exit;
use super::report::{Report, count};
use super::signing::{load, work};
use crate::format::deb::Voided;
use crate::keys::signing::PemSigner;
use crate::tasks::sign::{self, Destination, DetachedLists, Options, SigningPlan};

pub fn run(args: &SignArgs) -> Exit {
    let mut report = Report::new();
    match load(&args.key) {
        Ok(signer) => sign_all(args, &signer, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

fn sign_all(args: &SignArgs, signer: &PemSigner, report: &mut Report) {
    let options = Options {
        selection: args.files.into(),
        algorithm: args.hash.into(),
        voided: match args.drop_signatures {
            true => Voided::Drop,
            false => Voided::Keep,
        },
    };
    if let (true, Some(tree)) = (args.detached, &args.destination.output) {
        match DetachedLists::open(tree, signer, options) {
            Ok(lists) => sign_detached(args, &lists, report),
            Err(error) => report.trouble(&error, error.hint()),
        }
        return;
    }
    let plan = SigningPlan::new(&args.packages, &Destination::from(&args.destination));
    work(plan, options.voided, report, |jobs, totals| {
        sign::run(jobs, signer, options, totals);
    });
}

fn sign_detached(args: &SignArgs, lists: &DetachedLists<'_>, report: &mut Report) {
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
