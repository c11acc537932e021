//! Many packages at once.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::package::{self, Options, Signed};
use super::{Job, SignError};
use crate::keys::signing::Signer;

/// Who hears of the progress. Called from several threads.
pub trait Listener: Sync {
    /// A package is done, or could not be.
    fn finished(&self, job: &Job, outcome: &Result<Signed, SignError>);
}

/// Signs the packages, the largest first, and goes on when one fails.
///
/// One thread a core walks packages, each with one decoder. These are threads of their own and not
/// rayon's: one of rayon's that waits for signatures would begin another package on top of the one
/// it has, and hold the memory of both.
pub fn run(mut jobs: Vec<Job>, signer: &dyn Signer, options: Options, listener: &dyn Listener) {
    jobs.sort_by_key(|job| job.size);
    let threads = rayon::current_num_threads().min(jobs.len());
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(job) = next() {
                    listener.finished(&job, &package::sign(&job, signer, options));
                }
            });
        }
    });
}
