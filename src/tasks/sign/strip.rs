//! Takes the list out of packages: what `sign` has added to them is gone.

use super::error::SignError;
use super::plan::SigningJob;
use super::run::{each, remove_left_beside};
use super::written::{Writing, Written};
use crate::contents::OpenDeb;
use crate::format::deb::Voided;

/// The result for one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stripped {
    /// Whether it had a list. One that had none is in place left as it is, and else copied.
    pub had_list: bool,
    /// The file that it was written to.
    pub written: Written,
}

/// Strips packages, one on each core, and goes on when one fails. `done` is called from several threads.
pub fn run_strip(
    jobs: Vec<SigningJob>,
    voided: Voided,
    done: impl Fn(&SigningJob, Result<Stripped, SignError>) + Sync,
) {
    remove_left_beside(&jobs);
    each(jobs, |job| done(job, strip(job, voided)));
}

/// Strips one package. Whether its list is well-formed is of no account.
fn strip(job: &SigningJob, voided: Voided) -> Result<Stripped, SignError> {
    let writing = Writing::examine(job, voided)?;
    let package = OpenDeb::at(&job.input)?;
    let had_list = package.control.has_list();
    let written = match had_list || !job.is_in_place() {
        true => writing.write(package, None, |_| Ok(()))?,
        false => Written::default(),
    };
    Ok(Stripped { had_list, written })
}
