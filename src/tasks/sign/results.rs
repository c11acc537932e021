//! The results of packages on their way to the listener, until the key fails for good.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::error::SignError;
use super::listener::Listener;
use super::package::Signed;
use super::plan::SigningJob;

/// Takes results from several threads.
pub(super) struct Results<'a> {
    listener: &'a dyn Listener,
    stopped: AtomicBool,
    left: AtomicUsize,
}

impl<'a> Results<'a> {
    pub(super) const fn new(listener: &'a dyn Listener) -> Self {
        Self {
            listener,
            stopped: AtomicBool::new(false),
            left: AtomicUsize::new(0),
        }
    }

    /// Whether the key has failed for good. Then so many packages are left as they are.
    pub(super) fn leaves(&self, packages: usize) -> bool {
        let stopped = self.stopped.load(Ordering::Relaxed);
        if stopped {
            self.left.fetch_add(packages, Ordering::Relaxed);
        }
        stopped
    }

    /// Passes on the result of a package, which is none for one that is up to date.
    pub(super) fn take(&self, job: &SigningJob, result: Result<Option<Signed>, SignError>) {
        match result.transpose() {
            // What another thread was doing in that moment fails in the same way.
            Some(Err(error)) if error.is_final() && self.stopped.swap(true, Ordering::Relaxed) => {
                self.left.fetch_add(1, Ordering::Relaxed);
            }
            Some(result) => self.listener.finished(job, &result),
            None => self.listener.is_up_to_date(job),
        }
    }

    /// Says how many packages were left.
    pub(super) fn finish(self) {
        if self.stopped.into_inner() {
            self.listener.stopped(self.left.into_inner());
        }
    }
}
