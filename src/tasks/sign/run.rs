//! Signs many packages at once.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::error::SignError;
use super::incremental::{Incremental, Store};
use super::listener::Listener;
use super::output::folder_of;
use super::package::{self, Options, Signed};
use super::plan::SigningJob;
use super::resign::Resigner;
use super::results::Results;
use super::unfinished::remove_left;
use crate::keys::signing::Signer;

/// Signs the packages, the largest first, and goes on when one fails, unless it is the key that fails for good.
///
/// One thread a core walks packages, each with one decoder. They are no threads of rayon's: such a thread, while it waits
/// for signatures, would begin another package on top of the one it has, and hold the memory of both.
pub fn run(jobs: Vec<SigningJob>, signer: &dyn Signer, options: Options, listener: &dyn Listener) {
    remove_left_beside(&jobs);
    each_signed(jobs, listener, |job| {
        package::sign(job, signer, options).map(Some)
    });
}

/// Brings a folder up to date, of lists or of packages, in the same way.
pub fn run_incremental<S: Store>(
    jobs: Vec<SigningJob>,
    folder: &Incremental<'_, S>,
    listener: &dyn Listener,
) {
    remove_left_beside(&jobs);
    each_signed(jobs, listener, |job| folder.make(job));
}

/// Signs lists and packages anew, in the same way.
pub fn run_resign(jobs: Vec<SigningJob>, resigner: &Resigner<'_>, listener: &dyn Listener) {
    remove_left_beside(&jobs);
    each_signed(jobs, listener, |job| resigner.resign(job));
}

/// What earlier runs that were killed left where these packages go is removed.
pub(super) fn remove_left_beside(jobs: &[SigningJob]) {
    remove_left(jobs.iter().map(|job| folder_of(&job.output)));
}

/// The answer of `sign` is none for what is up to date.
fn each_signed(
    jobs: Vec<SigningJob>,
    listener: &dyn Listener,
    sign: impl Fn(&SigningJob) -> Result<Option<Signed>, SignError> + Sync,
) {
    let results = Results::new(listener);
    each(jobs, |job| {
        if !results.leaves(1) {
            results.take(job, sign(job));
        }
    });
    results.finish();
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
