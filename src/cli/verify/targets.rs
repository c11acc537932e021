//! `dpkg-ima verify TARGET…`.

use std::path::Path;

use super::counts::Counts;
use super::verifier::{Verifier, as_json, count_key, print_finding};
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::machine::error::shown;
use crate::tasks::keys::Dependents;
use crate::tasks::target::{Target, TargetError};
use crate::tasks::verify::{Finding, verify_deb, verify_file, verify_installed, verify_list};

impl Verifier<'_> {
    /// Verifies the targets one after the other, and counts the verdicts. Ends early once nobody reads any more.
    pub(super) fn verify_targets(
        &self,
        report: &mut Report,
        dependents: &mut Dependents,
    ) -> Counts {
        let mut counts = Counts::default();
        for target in &self.args.targets {
            self.verify_target(target, report, (&mut counts, dependents));
            if report.is_closed() {
                return counts;
            }
        }
        if !self.args.json && !self.args.by_key && !counts.is_empty() {
            report.lines(&counts);
        }
        counts
    }

    fn verify_target(
        &self,
        target: &Path,
        report: &mut Report,
        (counts, dependents): (&mut Counts, &mut Dependents),
    ) {
        let name = shown(target);
        let found = Target::named(target, &self.root).and_then(|target| {
            let findings = self.findings(&target)?;
            Ok(findings.map(|findings| (findings, target.into_package())))
        });
        match found {
            Ok(Some((findings, _))) if findings.is_empty() => {
                report.note(format_args!("'{name}' has no files that its list names"));
            }
            Ok(Some((findings, package))) => {
                for finding in &findings {
                    counts.add(finding.verdict);
                    count_key(dependents, finding, package.as_ref());
                    self.print(&name, finding, report);
                }
            }
            Ok(None) => {
                report.note(format_args!("'{name}' has no signatures"));
                report.answer(Exit::No);
            }
            Err(error) => report.trouble(format_args!("cannot verify '{name}': {error}"), None),
        }
    }

    /// What is found for a target; none if it is an installed package without a signature list.
    fn findings(&self, target: &Target) -> Result<Option<Vec<Finding>>, TargetError> {
        let (root, trust) = (&self.root, &self.trust);
        match target {
            Target::Deb(path) => Ok(Some(verify_deb(path, trust)?)),
            Target::List(path) => Ok(Some(verify_list(path, trust)?)),
            Target::Package(package) => verify_installed(root, package, trust),
            Target::File(path) => Ok(Some(vec![verify_file(root, path, trust)?])),
        }
    }

    fn print(&self, target: &str, finding: &Finding, report: &mut Report) {
        if !finding.verdict.is_fine() {
            report.answer(Exit::No);
        }
        if self.args.by_key {
            return;
        }
        if self.args.json {
            report.json(&as_json(target, finding));
        } else {
            print_finding(finding, report);
        }
    }
}
