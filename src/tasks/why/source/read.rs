//! All sources, one after the other.

use std::fmt;

use super::extent::Extent;
use super::{Period, audit_log, journal, kernel_ring};
use crate::format::audit::{AuditLine, AuditRecord};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// A place where records may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordSource {
    /// journald's.
    Journal,
    /// auditd's.
    AuditLog,
    /// The kernel's own, of a limited size.
    KernelRing,
}

impl fmt::Display for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Journal => "the journal",
            Self::AuditLog => "auditd's log",
            Self::KernelRing => "the kernel's ring buffer",
        })
    }
}

/// What became of the sources.
#[derive(Debug, Default)]
pub struct Reading {
    /// Those that were read to the end.
    pub read: Vec<RecordSource>,
    /// Those that are there and could not be read, each with the reason.
    pub failed: Vec<(RecordSource, SystemError)>,
    /// The kernel says that it has dropped records.
    pub lost: bool,
    /// The kernel says that it enforces, whatever its command line says.
    pub enforced: bool,
    /// Older records may be gone: only the ring buffer is there to keep them, and it was too small.
    pub begins_late: bool,
}

/// Reads every source that is there, and passes on the records of that period. One that is in two sources comes twice.
pub fn read_all(root: &Root, period: Period, hear: &mut dyn FnMut(AuditRecord)) -> Reading {
    let mut reading = Reading::default();
    for source in [
        RecordSource::Journal,
        RecordSource::AuditLog,
        RecordSource::KernelRing,
    ] {
        let extent = {
            let mut sort = |line| match line {
                AuditLine::Record(record) if period.contains(record.stamp) => hear(record),
                AuditLine::Record(_) | AuditLine::Other => {}
                AuditLine::Lost => reading.lost = true,
                AuditLine::Enforced => reading.enforced = true,
            };
            match source {
                RecordSource::Journal => journal::read(root, period, &mut sort),
                RecordSource::AuditLog => audit_log::read(root, period, &mut sort),
                RecordSource::KernelRing => kernel_ring::read(root, &mut sort),
            }
        };
        match extent {
            Ok(Extent::Absent) => {}
            Ok(extent) => {
                reading.begins_late = extent == Extent::BeginsLate && reading.read.is_empty();
                reading.read.push(source);
            }
            Err(error) => reading.failed.push((source, error)),
        }
    }
    reading
}
