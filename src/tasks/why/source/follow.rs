//! All sources, for what comes from now on.

use std::path::PathBuf;

use super::RecordSource;
use super::followed_log::FollowedLog;
use super::journal;
use super::journalctl::{Entries, Journalctl};
use super::kernel_ring::{self, KernelMessages};
use crate::format::audit::{AuditLine, AuditRecord};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Most lines of one source that are taken at a time, so that the user can end it in the midst of a storm.
const LINES_MAX: usize = 10_000;

/// The sources that are followed.
pub struct Following<'a> {
    /// With the folder of the journal.
    journal: Option<(PathBuf, Journalctl)>,
    log: Option<FollowedLog<'a>>,
    ring: Option<KernelMessages>,
    /// Those that are there and cannot be followed, or not any more.
    failed: Vec<(RecordSource, SystemError)>,
    /// The kernel says that it enforces, whatever its command line says.
    enforced: bool,
}

/// What has come.
#[derive(Debug, Default)]
pub struct Heard {
    /// The records, in the order of their sources; one that is in two comes twice.
    pub records: Vec<AuditRecord>,
    /// The kernel says that it has dropped records, or messages of its were overwritten before they were read.
    pub lost: bool,
}

impl<'a> Following<'a> {
    /// Opens every source that is there. Records that are older are not told.
    #[must_use]
    pub fn start(root: &'a Root) -> Self {
        let mut failed = Vec::new();
        let mut keep = |source, error| failed.push((source, error));
        let ring = match root.is_running_system() {
            true => KernelMessages::open()
                .map_err(|error| keep(RecordSource::KernelRing, kernel_ring::at("open")(error)))
                .ok()
                .flatten(),
            false => None,
        };
        let log = FollowedLog::start(root)
            .map_err(|error| keep(RecordSource::AuditLog, error))
            .ok();
        let journal = followed_journal(root)
            .map_err(|error| keep(RecordSource::Journal, error))
            .ok()
            .flatten();
        let mut following = Self {
            journal,
            log,
            ring,
            failed,
            enforced: false,
        };
        // What the ring has is of before.
        following.hear_ring(usize::MAX, &mut Heard::default());
        following
    }

    /// The sources that are followed now.
    #[must_use]
    pub fn sources(&self) -> Vec<RecordSource> {
        let log = self.log.as_ref().filter(|log| log.is_there());
        let sources = [
            self.journal.as_ref().map(|_| RecordSource::Journal),
            log.map(|_| RecordSource::AuditLog),
            self.ring.as_ref().map(|_| RecordSource::KernelRing),
        ];
        sources.into_iter().flatten().collect()
    }

    /// Those that could not be followed, or not any more; each is told once.
    pub fn take_failed(&mut self) -> Vec<(RecordSource, SystemError)> {
        std::mem::take(&mut self.failed)
    }

    /// Whether the kernel says that it ignores what its command line says of appraisal, and enforces.
    #[must_use]
    pub const fn is_enforced(&self) -> bool {
        self.enforced
    }

    /// What has come since; does not wait. A source that fails is not followed any more.
    pub fn hear(&mut self) -> Heard {
        let mut heard = Heard::default();
        self.hear_ring(LINES_MAX, &mut heard);
        self.hear_log(&mut heard);
        self.hear_journal(&mut heard);
        heard
    }

    fn hear_ring(&mut self, lines_max: usize, heard: &mut Heard) {
        let Some(ring) = &mut self.ring else { return };
        for _ in 0..lines_max {
            match ring.next() {
                Ok(Some(message)) => sort(message.line, heard, &mut self.enforced),
                Ok(None) => break,
                Err(error) => {
                    let error = kernel_ring::at("read")(error);
                    self.failed.push((RecordSource::KernelRing, error));
                    self.ring = None;
                    return;
                }
            }
        }
        heard.lost |= ring.take_overrun();
    }

    fn hear_log(&mut self, heard: &mut Heard) {
        let Some(log) = &mut self.log else { return };
        let enforced = &mut self.enforced;
        if let Err(error) = log.hear(LINES_MAX, &mut |line| sort(line, heard, enforced)) {
            self.failed.push((RecordSource::AuditLog, error));
            self.log = None;
        }
    }

    fn hear_journal(&mut self, heard: &mut Heard) {
        let Some((folder, journal)) = &mut self.journal else {
            return;
        };
        for _ in 0..LINES_MAX {
            match journal.next_now() {
                Ok(Some(line)) => sort(line, heard, &mut self.enforced),
                Ok(None) => return,
                Err(error) => {
                    let error = SystemError::at("follow the journal in", folder)(error);
                    self.failed.push((RecordSource::Journal, error));
                    self.journal = None;
                    return;
                }
            }
        }
    }
}

fn sort(line: AuditLine, heard: &mut Heard, enforced: &mut bool) {
    match line {
        AuditLine::Record(record) => heard.records.push(record),
        AuditLine::Lost => heard.lost = true,
        AuditLine::Enforced => *enforced = true,
        AuditLine::Other => {}
    }
}

fn followed_journal(root: &Root) -> Result<Option<(PathBuf, Journalctl)>, SystemError> {
    let Some(folder) = journal::find(root)? else {
        return Ok(None);
    };
    let started = Journalctl::start(root, Entries::FromNowOn);
    let started = started.map_err(SystemError::at("run journalctl for", &folder))?;
    Ok(Some((folder, started)))
}
