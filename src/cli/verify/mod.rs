//! `dpkg-ima verify`.

mod concern;
mod counts;
mod overview;
mod system;

use std::path::{Path, PathBuf};

use counts::Counts;
use serde_json::json;

use super::args::VerifyArgs;
use super::exit::Exit;
use super::report::Report;
use crate::format::imasigs::escaped;
use crate::keys::certificates::unused_files;
use crate::keys::signing::{KeyError, Trust};
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::target::{Target, TargetError};
use crate::tasks::verify::{Finding, Verdict, verify_deb, verify_file, verify_installed};

/// Verifies targets.
pub fn run(args: &VerifyArgs) -> Exit {
    let mut report = Report::new();
    match Verifier::new(args) {
        Ok(verifier) => verifier.verify_all(args, &mut report),
        Err(error) => report.trouble(&error, error.hint()),
    }
    report.finish()
}

/// What all targets share.
struct Verifier {
    root: Root,
    trust: Trust,
}

impl Verifier {
    fn new(args: &VerifyArgs) -> Result<Self, KeyError> {
        let root = Root::open(&args.root)?;
        let trust = if args.cert.is_empty() {
            Trust::of_root(&root)?
        } else {
            Trust::from_files(args.cert.iter().map(PathBuf::as_path))?
        };
        Ok(Self { root, trust })
    }

    fn verify_all(&self, args: &VerifyArgs, report: &mut Report) {
        let mut counts = Counts::default();
        if args.targets.is_empty() {
            system::verify(&self.root, &self.trust, args, report, &mut counts);
        }
        for target in &args.targets {
            self.verify_target(target, args, report, &mut counts);
            if report.is_closed() {
                return;
            }
        }
        if !args.targets.is_empty() && !args.json && !counts.is_empty() {
            report.lines(&counts);
        }
        if self.trust.is_empty() && counts.has("untrusted key") {
            report.note("no certificate in /etc/keys/ima; give one with --cert");
            // What was meant to be one, perhaps.
            for one in unused_files(&self.root).unwrap_or_default() {
                report.note(one);
            }
        }
    }

    fn verify_target(
        &self,
        target: &Path,
        args: &VerifyArgs,
        report: &mut Report,
        counts: &mut Counts,
    ) {
        let name = shown(target);
        match self.look(target) {
            Ok(Some(findings)) if findings.is_empty() => {
                report.note(format_args!("'{name}' has no files that its list names"));
            }
            Ok(Some(findings)) => {
                for finding in &findings {
                    counts.add(finding.verdict);
                    print(report, &name, finding, args);
                }
            }
            Ok(None) => {
                report.note(format_args!("'{name}' has no signatures"));
                report.answer(Exit::No);
            }
            Err(error) => report.trouble(format_args!("cannot verify '{name}': {error}"), None),
        }
    }

    fn look(&self, target: &Path) -> Result<Option<Vec<Finding>>, TargetError> {
        match Target::parse(target)? {
            Target::Deb(path) => Ok(Some(verify_deb(&path, &self.trust)?)),
            Target::Package(name) => {
                let package = Target::installed(&name, &self.root)?;
                verify_installed(&self.root, &package, &self.trust)
            }
            Target::File(path) => {
                let path = Target::locate(&path, &self.root)?;
                Ok(Some(vec![verify_file(&self.root, &path, &self.trust)?]))
            }
        }
    }
}

/// Prints one verdict and lets it count for the exit code.
fn print(report: &mut Report, target: &str, finding: &Finding, args: &VerifyArgs) {
    if !finding.verdict.is_fine() {
        report.answer(Exit::No);
    }
    let path = escaped(&finding.path);
    if args.json {
        report.json(&as_json(target, &path, finding.verdict));
    } else {
        report.line(as_text(&path, finding.verdict));
    }
}

/// The verdict first.
fn as_text(path: &str, verdict: Verdict) -> String {
    let name = verdict.name();
    match verdict.key_id() {
        Some(key_id) => format!("{name} {key_id}: {path}"),
        None => format!("{name}: {path}"),
    }
}

fn as_json(target: &str, path: &str, verdict: Verdict) -> serde_json::Value {
    json!({
        "target": target,
        "file": path,
        "verdict": verdict.name(),
        "key": verdict.key_id().map(|key_id| key_id.to_string()),
    })
}
