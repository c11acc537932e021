//! Adds up what becomes of packages, while they are signed.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use super::growth::Growth;
use super::package_bar::PackageBar;
use super::report::complain;
use super::summary::Summary;
use super::written::remarks;
use crate::format::deb::Voided;
use crate::format::plural::count;
use crate::machine::error::shown;
use crate::tasks::sign::{Listener, SignError, Signed, SigningJob};

/// The sums so far. Failures, and remarks on a package, are printed at once.
pub(super) struct Totals {
    bar: PackageBar,
    begun: Instant,
    signed: AtomicUsize,
    up_to_date: AtomicUsize,
    failed: AtomicUsize,
    left: AtomicUsize,
    files: AtomicUsize,
    made: AtomicUsize,
    kept: AtomicUsize,
    voided: AtomicUsize,
    read: AtomicU64,
    /// Bytes of lists, and those of the packages that they are compared with.
    lists: AtomicU64,
    packages: AtomicU64,
    /// Whether void signatures were kept or dropped.
    voided_are: Voided,
}

impl Listener for Totals {
    fn finished(&self, job: &SigningJob, result: &Result<Signed, SignError>) {
        match result {
            Ok(signed) => self.add(job, signed),
            Err(error) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                self.bar.suspend(|| explain(&job.input, error));
            }
        }
        self.bar.done(job);
    }

    fn is_up_to_date(&self, job: &SigningJob) {
        self.up_to_date.fetch_add(1, Ordering::Relaxed);
        self.bar.done(job);
    }

    fn stopped(&self, packages: usize) {
        if packages == 0 {
            return;
        }
        self.left.fetch_add(packages, Ordering::Relaxed);
        let left = count(packages, "other package");
        self.bar
            .suspend(|| complain(format_args!("stopped: {left} not signed"), None));
    }
}

impl Totals {
    pub(super) fn over(jobs: &[SigningJob], voided_are: Voided) -> Self {
        Self {
            bar: PackageBar::over(jobs),
            begun: Instant::now(),
            signed: AtomicUsize::new(0),
            up_to_date: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
            files: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            voided: AtomicUsize::new(0),
            read: AtomicU64::new(0),
            lists: AtomicU64::new(0),
            packages: AtomicU64::new(0),
            voided_are,
        }
    }

    fn add(&self, job: &SigningJob, signed: &Signed) {
        let add = |to: &AtomicUsize, count| to.fetch_add(count, Ordering::Relaxed);
        add(&self.signed, 1);
        add(&self.files, signed.files);
        add(&self.made, signed.made);
        add(&self.kept, signed.kept);
        add(&self.voided, signed.written.voided.len());
        self.read.fetch_add(job.size, Ordering::Relaxed);
        if let Some(added) = signed.written.added {
            self.lists.fetch_add(added, Ordering::Relaxed);
            self.packages.fetch_add(job.size, Ordering::Relaxed);
        }
        for remark in remarks(&job.output, &signed.written, self.voided_are, "new") {
            self.bar.suspend(|| complain(&remark, None));
        }
    }

    /// Ends the bar; what only the caller knows is still to be filled in.
    pub(super) fn into_summary(self) -> Summary {
        self.bar.finish();
        Summary {
            signed: self.signed.into_inner(),
            up_to_date: self.up_to_date.into_inner(),
            failed: self.failed.into_inner(),
            left: self.left.into_inner(),
            files: self.files.into_inner(),
            made: self.made.into_inner(),
            kept: self.kept.into_inner(),
            read: self.read.into_inner(),
            growth: Growth {
                lists: self.lists.into_inner(),
                packages: self.packages.into_inner(),
            },
            voided: (self.voided.into_inner(), self.voided_are),
            time: self.begun.elapsed(),
            ..Summary::default()
        }
    }
}

/// Names a package that cannot be signed.
pub(super) fn explain(package: &Path, error: &SignError) {
    let message = format!("cannot sign '{}': {error}", shown(package));
    complain(message, error.hint());
}
