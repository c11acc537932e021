//! The progress bar of commands that work on packages.

use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;

use super::report::{Unit, progress};
use crate::tasks::sign::SigningJob;

/// How many packages are done, how many bytes of them, how fast that is, and the time that is left. As [`progress`], it appears on
/// a terminal only.
pub(super) struct PackageBar {
    bar: ProgressBar,
    packages: usize,
    done: AtomicUsize,
}

impl PackageBar {
    /// Begins a bar over the packages of these jobs.
    pub(super) fn over(jobs: &[SigningJob]) -> Self {
        let new = Self {
            bar: progress(jobs.iter().map(|job| job.size).sum(), Unit::Bytes),
            packages: jobs.len(),
            done: AtomicUsize::new(0),
        };
        new.tell(0);
        new
    }

    /// Counts a package, whether it succeeded or failed.
    pub(super) fn done(&self, job: &SigningJob) {
        self.tell(self.done.fetch_add(1, Ordering::Relaxed) + 1);
        self.bar.inc(job.size);
    }

    /// Takes the bar away while something is printed.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn tell(&self, done: usize) {
        self.bar
            .set_message(format!("{done}/{} packages", self.packages));
    }
}
