//! What all targets of one run share: root, trust, and how a finding is printed.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::args::VerifyArgs;
use crate::cli::report::Report;
use crate::cli::tone::Tone;
use crate::dpkg::PackageName;
use crate::format::imasigs::escaped;
use crate::keys::signing::{KeyError, Trust};
use crate::labelling::Verdict;
use crate::machine::root::Root;
use crate::tasks::keys::Dependents;
use crate::tasks::verify::Finding;

pub(super) struct Verifier<'a> {
    pub(super) args: &'a VerifyArgs,
    pub(super) root: Root,
    pub(super) trust: Trust,
}

impl<'a> Verifier<'a> {
    /// Trusts the certificates that were named, or else those in `/etc/keys/ima` of the root.
    pub(super) fn new(args: &'a VerifyArgs) -> Result<Self, KeyError> {
        let root = Root::open(&args.root)?;
        let trust = if args.cert.is_empty() {
            Trust::of_root(&root)?
        } else {
            Trust::from_files(args.cert.iter().map(PathBuf::as_path))?
        };
        Ok(Self { args, root, trust })
    }
}

/// Counts a file by the key that it depends on. Another package's is counted there.
pub(super) fn count_key(
    dependents: &mut Dependents,
    finding: &Finding,
    package: Option<&PackageName>,
) {
    if !matches!(finding.verdict, Verdict::Excluded | Verdict::Missing) {
        dependents.add(finding.key, package);
    }
}

/// Prints the verdict, the key if the verdict is about one, and the file.
pub(super) fn print_finding(finding: &Finding, report: &mut Report) {
    let (verdict, path) = (finding.verdict, escaped(&finding.path));
    let rest = match verdict.key_id() {
        Some(key_id) => format!(" {key_id}: {path}"),
        None => format!(": {path}"),
    };
    report.toned(&[(Some(tone_of(verdict)), verdict.name()), (None, &rest)]);
}

/// What may only need a label or a certificate is no more than doubtful.
pub(super) const fn tone_of(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Good | Verdict::Foreign(_) | Verdict::ChangedConffile | Verdict::Excluded => {
            Tone::Good
        }
        Verdict::Unsigned | Verdict::UntrustedKey(_) => Tone::Doubtful,
        Verdict::Altered
        | Verdict::Forged(_)
        | Verdict::ForgedList(_)
        | Verdict::Malformed
        | Verdict::Missing => Tone::Bad,
    }
}

pub(super) fn as_json(target: &str, finding: &Finding) -> Value {
    json!({
        "target": target,
        "file": escaped(&finding.path),
        "verdict": finding.verdict.name(),
        "key": finding.verdict.key_id().map(|key_id| key_id.to_string()),
    })
}
