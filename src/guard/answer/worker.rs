//! A worker's thread: takes in a list, or hashes a file and labels it, then lets the opener go on.
//!
//! A worker may hang in the kernel on a filesystem that does not answer. It holds no lock then, and the overseer
//! answers in its place.

use std::io::{self, BufReader, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::crew::WorkerId;
use super::ignore::ignore_until_changed;
use super::lane::{Class, Lane};
use super::open::PendingOpen;
use super::pending::Pending;
use crate::format::imasigs::List;
use crate::format::plural::count;
use crate::format::text::Text;
use crate::guard::known::Knowledge;
use crate::labelling::{Decision, Labeller};
use crate::machine::content::{FromStart, digest_of_content};
use crate::machine::fanotify::Group;
use crate::machine::opening::path_of;

/// The largest list that is read while its opener waits, in bytes: a package with 100,000 signed files.
const LIST_MAX: u64 = 64 << 20;

/// Answers opens; shared by all threads.
#[derive(Debug)]
pub(crate) struct Answerer {
    pub(crate) group: Arc<Group>,
    pub(crate) knowledge: Knowledge,
    pub(crate) pending: Pending,
}

impl Answerer {
    /// Runs one worker until its lane has another one that makes progress.
    pub(super) fn serve(&self, id: WorkerId, lane: Lane) {
        loop {
            let open = self.pending.take(id, lane);
            self.work_on(&open);
            // Here and not by a drop: the last reference may be dropped with the lock held.
            open.event.allow();
            if !self.pending.finish(id) {
                return;
            }
        }
    }

    /// Allows all opens that wait, without labelling.
    pub(crate) fn allow_all(&self) {
        for open in self.pending.all() {
            open.event.allow();
        }
    }

    fn work_on(&self, open: &PendingOpen) {
        let Some(file) = open.event.file() else {
            return;
        };
        if open.class == Class::List {
            self.take_list(open, file);
        }
        if let Err(error) = self.label(open, file) {
            let level = open.opener.level(log::Level::Warn);
            log::log!(level, "'{}': {error}", path(file));
        }
    }

    fn label(&self, open: &PendingOpen, file: BorrowedFd<'_>) -> io::Result<()> {
        let known = self.knowledge.now();
        let size = open.status.st_size.unsigned_abs();
        let algorithms = known.store.algorithms_of(size);
        let content = || open.watched(FromStart::of(file));
        let digests: io::Result<Vec<_>> = algorithms
            .map(|algorithm| digest_of_content(content(), algorithm, size))
            .collect();
        let labeller = Labeller {
            store: &known.store,
            held: &known.held,
        };
        let ruling = labeller.label_content(file, size, digests?);
        if let Some(ruling) = ruling.map_err(io::Error::other)? {
            for remark in &ruling.remarks {
                let level = open.opener.level(remark.level());
                log::log!(level, "'{}': {remark}", path(file));
            }
            if matches!(ruling.decision, Decision::Write(_)) {
                log::debug!("labelled '{}'", path(file));
            }
        }
        ignore_until_changed(&open.event, &open.status, &known, &self.knowledge)
    }

    /// Takes in the list of the package that dpkg is unpacking. If it holds new signatures, all ignore marks are
    /// removed, so that files that were passed over before are looked at again.
    fn take_list(&self, open: &PendingOpen, file: BorrowedFd<'_>) {
        let content = BufReader::new(open.watched(FromStart::of(file)).take(LIST_MAX));
        match List::read_from(content) {
            Ok(list) if self.knowledge.take_list(&list, &open.status) => {
                log::debug!("took in a list of {}", count(list.files().count(), "file"));
                if let Err(error) = self.group.ask_again() {
                    log::warn!("files opened before may stay unlabelled: {error}");
                }
            }
            Ok(_) => {}
            Err(error) => {
                let level = open.opener.level(log::Level::Warn);
                log::log!(
                    level,
                    "the package being unpacked has a bad signature list: {error}"
                );
            }
        }
    }
}

/// The path of an open file, for the log: cut off if it is very long.
fn path(file: BorrowedFd<'_>) -> Text {
    let path = path_of(file).unwrap_or_default();
    Text::from(path.as_os_str().as_bytes())
}
