//! Answers opens. Nothing here opens a file: that would wait for itself.

use std::io::{self, BufReader, Read};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::libc::{S_IFMT, S_IFREG};
use nix::sys::stat::{FileStat, fstat};

use super::decide::{Action, Seen, action};
use super::knowledge::Knowledge;
use super::policy::Policy;
use crate::fanotify::{Open, Watch};
use crate::imasigs::List;
use crate::label::{FromStart, Labeller, Outcome};
use crate::system::shown;

/// Largest list that is read while its opener waits, in bytes: a package with 100,000 signed files.
const LIST_MAX: u64 = 64 << 20;

/// Everything an answer needs.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) watch: &'a Watch,
    pub(super) knowledge: &'a Knowledge,
    pub(super) policy: Policy,
    /// The guard's own process, whose opens are never looked at.
    pub(super) own: u32,
}

impl Reader<'_> {
    /// Deals with an open; it goes on when `open` is dropped, whatever happens here.
    pub(super) fn answer(&self, open: &Open<'_>, status: &FileStat) {
        let Some(file) = open.file() else {
            return;
        };
        let path = path_of(file);
        let seen = Seen {
            ours: open.process() == self.own,
            regular: status.st_mode & S_IFMT == S_IFREG,
            exec: open.is_exec(),
            executable: status.st_mode & 0o111 != 0,
            roots_own: status.st_uid == 0 && status.st_mode & 0o022 == 0,
            size: status.st_size.unsigned_abs(),
            path: path.as_bytes(),
        };
        let action = action(&seen, self.policy);
        if action == Action::TakeList {
            self.take_list(file, status);
        }
        if action != Action::Pass
            && let Err(error) = self.label(open, file, status)
        {
            log::warn!("'{}': {error}", shown(Path::new(&path)));
        }
    }

    fn label(&self, open: &Open<'_>, file: BorrowedFd<'_>, status: &FileStat) -> io::Result<()> {
        let known = self.knowledge.now();
        let labeller = Labeller {
            store: &known.store,
            held: &known.held,
        };
        let labelled = labeller.label(file).map_err(io::Error::other)?;
        for remark in &labelled.remarks {
            let path = path_of(file);
            log::log!(remark.level(), "'{}': {remark}", shown(Path::new(&path)));
        }
        if labelled.outcome == Outcome::Labelled {
            log::debug!("labelled '{}'", shown(Path::new(&path_of(file))));
        }
        // An empty file was just made, and will be written to.
        if status.st_size > 0 {
            self.ignore(open, file, status)?;
        }
        Ok(())
    }

    /// Does not want to hear of this file until it changes. If it changed while it was looked at, that
    /// change came before the mark, and the mark must go.
    fn ignore(&self, open: &Open<'_>, file: BorrowedFd<'_>, before: &FileStat) -> io::Result<()> {
        open.ignore_until_changed()?;
        let after = fstat(file)?;
        let content = |status: &FileStat| (status.st_size, status.st_mtime, status.st_mtime_nsec);
        if content(before) != content(&after) {
            open.ask_again()?;
        }
        Ok(())
    }

    /// Takes in the list of the package that dpkg is unpacking. If that taught us anything, files that
    /// were passed over before are asked about again.
    fn take_list(&self, file: BorrowedFd<'_>, status: &FileStat) {
        let content = BufReader::new(FromStart::of(file).take(LIST_MAX));
        match List::read_from(content) {
            Ok(list) if self.knowledge.take_list(&list, status) => {
                log::debug!("took in a list of {} files", list.entries().len());
                if let Err(error) = self.watch.ask_again() {
                    log::warn!("files opened before may stay unlabelled: {error}");
                }
            }
            Ok(_) => {}
            Err(error) => {
                log::warn!("the package being unpacked has a bad signature list: {error}")
            }
        }
    }
}

/// The path of an open file at this moment; empty if it cannot be told. A hint. Reading a link in
/// /proc opens nothing.
fn path_of(file: BorrowedFd<'_>) -> std::ffi::OsString {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = std::fs::read_link(link);
    path.map(std::path::PathBuf::into_os_string)
        .unwrap_or_default()
}
