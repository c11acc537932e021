//! Does what an opener waits for: takes in a list, or hashes a file and labels it.
//!
//! A worker may hang in the kernel. It holds no lock then, and the overseer answers in its place.

use std::io::{self, BufReader, Read};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::stat::{FileStat, fstat};

use super::crew::Number;
use super::knowledge::{Knowledge, Snapshot};
use super::queue::{Lane, Place};
use super::work::{Job, Work};
use crate::format::ima::Digest;
use crate::format::imasigs::List;
use crate::labelling::label::{FromStart, Labeller, Outcome, digest_of_content};
use crate::machine::error::shown;
use crate::machine::fanotify::{Group, OpenEvent};

/// Largest list that is read while its opener waits, in bytes: a package with 100,000 signed files.
const LIST_MAX: u64 = 64 << 20;

/// What every worker needs.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) watch: Arc<Group>,
    pub(super) knowledge: Arc<Knowledge>,
    pub(super) work: Work,
}

impl Desk {
    /// A worker's whole life. It ends when another one does its part.
    pub(super) fn serve(&self, number: Number, lane: Lane) {
        loop {
            let job = self.work.take(number, lane);
            self.carry_out(&job);
            // Answers, if nobody did.
            drop(job);
            if !self.work.finish(number) {
                return;
            }
        }
    }

    /// Lets everybody go on who waits, and does not do what they wait for.
    pub(super) fn let_all_go(&self) {
        self.work.all().iter().for_each(|job| job.open.allow());
    }

    fn carry_out(&self, job: &Job) {
        let Some(file) = job.open.file() else {
            return;
        };
        if job.place == Place::Lists {
            self.take_list(job, file);
        }
        if let Err(error) = self.label(job, file) {
            log::warn!("'{}': {error}", shown(&path_of(file)));
        }
    }

    fn label(&self, job: &Job, file: BorrowedFd<'_>) -> io::Result<()> {
        let known = self.knowledge.now();
        let size = job.status.st_size.unsigned_abs();
        let digests = digests(job, file, size, &known)?;
        let labeller = Labeller {
            store: &known.store,
            held: &known.held,
        };
        let labelled = labeller.label_content(file, size, digests);
        let labelled = labelled.map_err(io::Error::other)?;
        for remark in &labelled.remarks {
            log::log!(remark.level(), "'{}': {remark}", shown(&path_of(file)));
        }
        if labelled.outcome == Outcome::Labelled {
            log::debug!("labelled '{}'", shown(&path_of(file)));
        }
        self.ignore(&job.open, &job.status, &known)
    }

    /// Does not want to hear of this file until it changes. If it changed while it was looked at, or
    /// more is known than when it was looked at, the mark came too late and must go.
    pub(super) fn ignore(
        &self,
        open: &OpenEvent,
        before: &FileStat,
        known: &Arc<Snapshot>,
    ) -> io::Result<()> {
        // An empty file was just made, and will be written to.
        let Some(file) = open.file().filter(|_| before.st_size > 0) else {
            return Ok(());
        };
        open.ignore_until_changed()?;
        let after = fstat(file)?;
        let content = |status: &FileStat| (status.st_size, status.st_mtime, status.st_mtime_nsec);
        if content(before) != content(&after) || !Arc::ptr_eq(known, &self.knowledge.now()) {
            open.ask_again()?;
        }
        Ok(())
    }

    /// Takes in the list of the package that dpkg is unpacking. If that taught us anything, files that
    /// were passed over before are asked about again.
    fn take_list(&self, job: &Job, file: BorrowedFd<'_>) {
        let content = BufReader::new(job.watched(FromStart::of(file)).take(LIST_MAX));
        match List::read_from(content) {
            Ok(list) if self.knowledge.take_list(&list, &job.status) => {
                log::debug!("took in a list of {} files", list.entries().len());
                if let Err(error) = self.watch.ask_again() {
                    log::warn!("files opened before may stay unlabelled: {error}");
                }
            }
            Ok(_) => {}
            Err(error) => {
                log::warn!("the package being unpacked has a bad signature list: {error}");
            }
        }
    }
}

/// The digests by which lists name contents of that size.
fn digests(
    job: &Job,
    file: BorrowedFd<'_>,
    size: u64,
    known: &Snapshot,
) -> io::Result<Vec<Digest>> {
    let algorithms = known.store.algorithms_of(size);
    let content = || job.watched(FromStart::of(file));
    algorithms
        .map(|algorithm| digest_of_content(content(), algorithm, size))
        .collect()
}

/// The path of an open file at this moment; empty if it cannot be told. A hint. Reading a link in
/// /proc opens nothing.
pub(super) fn path_of(file: BorrowedFd<'_>) -> PathBuf {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    std::fs::read_link(Path::new(&link)).unwrap_or_default()
}
