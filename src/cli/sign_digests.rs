//! `dpkg-ima sign-digests`.

use super::args::SignDigestsArgs;
use super::exit::Exit;
use super::report::{Report, count};
use super::signing::load;
use crate::tasks::sign;

pub fn run(args: &SignDigestsArgs) -> Exit {
    let mut report = Report::new();
    let signed = load(&args.key).map_err(Into::into);
    let signed =
        signed.and_then(|signer| sign::sign_digests(&args.digests, &args.output, &*signer));
    match signed {
        Ok(number) => report.line(format_args!("signed {}", count(number, "digest"))),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}
