//! Targets or the whole system, then the counts.

use super::verifier::Verifier;
use crate::cli::args::VerifyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::keys::certificates::unused_files;

pub fn run(args: &VerifyArgs) -> Exit {
    let mut report = Report::new();
    match Verifier::new(args) {
        Ok(verifier) => verify(&verifier, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

fn verify(verifier: &Verifier<'_>, report: &mut Report) {
    let counts = if verifier.args.targets.is_empty() {
        verifier.verify_system(report)
    } else {
        verifier.verify_targets(report)
    };
    if !report.is_closed() && verifier.trust.is_empty() && counts.has("untrusted key") {
        note_missing_certificates(verifier, report);
    }
}

fn note_missing_certificates(verifier: &Verifier<'_>, report: &Report) {
    report.note("no certificate in /etc/keys/ima; give one with --cert");
    // One of them may have been meant as a certificate.
    for file in unused_files(&verifier.root).unwrap_or_default() {
        report.note(file);
    }
}
