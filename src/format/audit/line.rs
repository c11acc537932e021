//! One line of a log.

use super::record::{AuditRecord, Enforcer};
use super::stamp::{AuditStamp, split_once};

/// Longest line of a log that is read, in bytes. The kernel's records are shorter than 9000: a path of 4096 bytes in
/// hexadecimal, and the rest.
pub const LINE_MAX: usize = 16 << 10;

/// How a message begins by which the kernel says that it has dropped records. SPEC: `audit_log_lost()`,
/// `kauditd_hold_skb()`, kernel/audit.c.
const LOSSES: [&[u8]; 4] = [
    b"audit: audit_lost=",
    b"audit: rate limit exceeded",
    b"audit: backlog limit exceeded",
    b"audit: kauditd hold queue overflow",
];

/// How the kernel says that it enforces, though it was told not to. SPEC: `ima_appraise_parse_cmdline()`.
const ENFORCED: &[u8] = b"ima: Secure boot enabled: ignoring ima_appraise=";

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditLine {
    /// A refusal.
    Record(AuditRecord),
    /// The kernel says that records are missing.
    Lost,
    /// The kernel says that it ignores `ima_appraise=log`, `fix` or `off` on its command line, as Secure Boot is on.
    Enforced,
    /// Anything else.
    Other,
}

impl AuditLine {
    /// Reads a line of auditd's log.
    #[must_use]
    pub fn of_auditd(line: &[u8]) -> Self {
        Self::or_other(Self::auditd(line))
    }

    /// Reads a message of the kernel's log.
    ///
    /// SECURITY: the message must begin as the kernel begins it. What follows may quote names that anybody has chosen.
    #[must_use]
    pub fn of_kernel(message: &[u8]) -> Self {
        let suppressed = message.ends_with(b"callbacks suppressed");
        let starts = |start: &[u8]| message.starts_with(start);
        // SPEC: ___ratelimit(), lib/ratelimit.c, and its caller kauditd_printk_skb().
        if LOSSES.into_iter().any(starts) || suppressed && starts(b"kauditd_printk_skb: ") {
            return Self::Lost;
        }
        if starts(ENFORCED) {
            return Self::Enforced;
        }
        Self::or_other(Self::kernel(message))
    }

    /// Reads a record without its stamp, as the journal has it: its type's name, then the fields.
    pub(super) fn of_journald(stamp: AuditStamp, enforcer: Enforcer, message: &[u8]) -> Self {
        let fields = split_once(message, b' ').map(|(_type, fields)| fields);
        Self::or_other(fields.and_then(|fields| AuditRecord::parse(stamp, enforcer, fields)))
    }

    fn or_other(record: Option<AuditRecord>) -> Self {
        record.map_or(Self::Other, Self::Record)
    }

    fn auditd(line: &[u8]) -> Option<AuditRecord> {
        let line = match line.strip_prefix(b"node=") {
            Some(rest) => split_once(rest, b' ')?.1,
            None => line,
        };
        let (kind, rest) = split_once(line.strip_prefix(b"type=")?, b' ')?;
        Self::stamped(kind, rest.strip_prefix(b"msg=")?)
    }

    fn kernel(message: &[u8]) -> Option<AuditRecord> {
        let (kind, rest) = split_once(message.strip_prefix(b"audit: type=")?, b' ')?;
        Self::stamped(kind, rest)
    }

    fn stamped(kind: &[u8], rest: &[u8]) -> Option<AuditRecord> {
        let enforcer = Enforcer::of_type(kind)?;
        let (stamp, fields) = AuditStamp::split_from(rest)?;
        AuditRecord::parse(stamp, enforcer, fields)
    }
}

#[cfg(test)]
mod tests;
