//! `dpkg-ima resign`.

use super::args::ResignArgs;
use super::exit::Exit;
use super::report::Report;
use super::signing::{conclude, load, work};
use crate::format::deb::Voided;
use crate::keys::signing::{KeyError, Signer, Trust};
use crate::tasks::sign::{KeyExchange, OldSignatures, Resigner, SigningPlan, run_resign};

pub fn run(args: &ResignArgs) -> Exit {
    let mut report = Report::new();
    match keys(args) {
        Ok((old, signer)) => resign(args, old, &*signer, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

fn keys(args: &ResignArgs) -> Result<(Trust, Box<dyn Signer>), KeyError> {
    let old = Trust::from_files(args.from_cert.iter().map(AsRef::as_ref))?;
    Ok((old, load(&args.key)?))
}

fn resign(args: &ResignArgs, old: Trust, signer: &dyn Signer, report: &mut Report) {
    let voided = match args.drop_signatures {
        true => Voided::Drop,
        false => Voided::Keep,
    };
    let old_signatures = match args.keep {
        true => OldSignatures::Keep,
        false => OldSignatures::Drop,
    };
    let exchange = KeyExchange {
        old,
        signer,
        old_signatures,
    };
    let (plan, lists) = SigningPlan::resign(&args.inputs, args.output.as_deref());
    let resigner = Resigner::new(exchange, lists, voided);
    let (summary, _) = work(plan, voided, report, |jobs, totals| {
        run_resign(jobs, &resigner, totals);
    });
    conclude(Some(summary), signer, false, report);
}
