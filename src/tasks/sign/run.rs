//! Signs many packages at once.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::error::SignError;
use super::incremental::{Incremental, Store};
use super::package::{self, Options, Signed};
use super::plan::SigningJob;
use super::resign::Resigner;
use crate::keys::signing::Signer;

/// Receives the result of each package; called from several threads.
pub trait Listener: Sync {
    /// A package was signed, or could not be.
    fn finished(&self, job: &SigningJob, result: &Result<Signed, SignError>);
    /// What would be made of a package is there, so that nothing was done.
    fn is_up_to_date(&self, job: &SigningJob);
}

/// Signs the packages, the largest first, and goes on when one fails.
///
/// One thread a core walks packages, each with one decoder. They are no threads of rayon's: such a thread, while it waits
/// for signatures, would begin another package on top of the one it has, and hold the memory of both.
pub fn run(jobs: Vec<SigningJob>, signer: &dyn Signer, options: Options, listener: &dyn Listener) {
    each(jobs, |job| {
        listener.finished(job, &package::sign(job, signer, options));
    });
}

/// Brings a folder up to date, of lists or of packages, in the same way.
pub fn run_incremental<S: Store>(
    jobs: Vec<SigningJob>,
    folder: &Incremental<'_, S>,
    listener: &dyn Listener,
) {
    each(jobs, |job| match folder.make(job).transpose() {
        Some(result) => listener.finished(job, &result),
        None => listener.is_up_to_date(job),
    });
}

/// Signs lists and packages anew, in the same way.
pub fn run_resign(jobs: Vec<SigningJob>, resigner: &Resigner<'_>, listener: &dyn Listener) {
    each(jobs, |job| match resigner.resign(job).transpose() {
        Some(result) => listener.finished(job, &result),
        None => listener.is_up_to_date(job),
    });
}

pub(super) fn each(mut jobs: Vec<SigningJob>, work: impl Fn(&SigningJob) + Sync) {
    jobs.sort_by_key(|job| job.size);
    let threads = rayon::current_num_threads().min(jobs.len());
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(job) = next() {
                    work(&job);
                }
            });
        }
    });
}
