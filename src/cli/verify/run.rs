//! Targets or the whole system, then the counts.

use super::by_key::{print_groups, remnants};
use super::verifier::Verifier;
use crate::cli::args::VerifyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::keys::certificates::{no_certificate, unused_files};
use crate::tasks::keys::{Dependents, KeyNames};

pub fn run(args: &VerifyArgs) -> Exit {
    let mut report = Report::new();
    match Verifier::new(args) {
        Ok(verifier) => verify(&verifier, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

fn verify(verifier: &Verifier<'_>, report: &mut Report) {
    let mut dependents = Dependents::default();
    let counts = if verifier.args.targets.is_empty() {
        verifier.verify_system(report, &mut dependents)
    } else {
        verifier.verify_targets(report, &mut dependents)
    };
    print_keys(verifier, &dependents, report);
    if !report.is_closed() && verifier.trust.is_empty() && counts.has("untrusted key") {
        note_missing_certificates(verifier, report);
    }
}

/// The groups that were asked for, or what of the whole system is still to be moved to the newest key.
fn print_keys(verifier: &Verifier<'_>, dependents: &Dependents, report: &mut Report) {
    let (args, names) = (verifier.args, KeyNames::of(&verifier.trust));
    if args.by_key {
        print_groups(dependents, &names, args.json, report);
    } else if args.targets.is_empty() && !args.json {
        let remnants = remnants(dependents, &names);
        if !remnants.is_empty() {
            report.line("");
        }
        remnants.iter().for_each(|line| report.line(line));
    }
}

fn note_missing_certificates(verifier: &Verifier<'_>, report: &Report) {
    let none = no_certificate(&verifier.root);
    report.note(format_args!("{none}; give one with --cert"));
    // One of them may have been meant as a certificate.
    for file in unused_files(&verifier.root).unwrap_or_default() {
        report.note(file);
    }
}
