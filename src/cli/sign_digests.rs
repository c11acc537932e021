//! `dpkg-ima sign-digests`.

use super::args::SignDigestsArgs;
use super::cache::report_found;
use super::exit::Exit;
use super::report::Report;
use super::signing::load;
use crate::format::plural::count;
use crate::tasks::sign::{self, SignError};

pub fn run(args: &SignDigestsArgs) -> Exit {
    let mut report = Report::new();
    if let Err(error) = sign_digests(args, &mut report) {
        report.trouble(&error, error.hint());
    }
    report.finish()
}

fn sign_digests(args: &SignDigestsArgs, report: &mut Report) -> Result<(), SignError> {
    let signer = load(&args.key)?;
    let number = sign::sign_digests(&args.digests, &args.output, &*signer)?;
    report.line(format_args!("signed {}", count(number, "digest")));
    report_found(&*signer, report);
    Ok(())
}
