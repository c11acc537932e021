//! The verdicts on executable files that no list names, each by itself.

use rayon::prelude::*;

use super::owners::Owners;
use super::programs::{UnlistedProgram, UnlistedPrograms};
use super::report::{Advance, BATCH, Reporter, SystemFinding};
use crate::keys::signing::Trust;
use crate::labelling::Placement;
use crate::machine::error::SystemError;
use crate::tasks::target::TargetError;
use crate::tasks::verify::{Finding, verify_file};

/// Reports the verdict on each of the programs, by path.
pub(super) fn verify_unlisted(
    mut programs: UnlistedPrograms,
    placement: &Placement<'_>,
    trust: &Trust,
    reporter: &mut Reporter<'_>,
) -> Result<(), SystemError> {
    let owners = Owners::find(placement, &mut programs, reporter)?;
    let by_path = programs.by_path();
    let progress = reporter.progress;
    progress(Advance::Stage("other programs", by_path.len() as u64));
    let verify = |program: &UnlistedProgram| {
        let verified = verify_file(placement.root, programs.path(program), trust);
        progress(Advance::Done(1));
        verified
    };
    for batch in by_path.chunks(BATCH) {
        let verified: Vec<_> = batch.par_iter().map(verify).collect();
        for (program, verified) in batch.iter().zip(verified) {
            report(program, verified, &owners, reporter);
        }
        if reporter.has_left {
            break;
        }
    }
    Ok(())
}

fn report(
    program: &UnlistedProgram,
    verified: Result<Finding, TargetError>,
    owners: &Owners,
    reporter: &mut Reporter<'_>,
) {
    match verified {
        Ok(finding) => reporter.found(SystemFinding {
            package: owners.of(program.owner, &finding.path),
            finding: &finding,
            is_listed: false,
        }),
        // Gone in the meantime.
        Err(TargetError::NoFile) => {}
        Err(error) => reporter.trouble(error),
    }
}
