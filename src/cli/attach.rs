//! `dpkg-ima attach`.

use super::args::AttachArgs;
use super::exit::Exit;
use super::report::Report;
use super::sign::sign_all;
use super::signing::conclude;
use crate::keys::signing::GivenSignatures;

pub fn run(args: &AttachArgs) -> Exit {
    let mut report = Report::new();
    match GivenSignatures::read(&args.cert, &args.signatures) {
        Ok(signatures) => {
            let summary = sign_all(&args.signing, &signatures, &mut report);
            conclude(summary, &signatures, false, &mut report);
        }
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}
