//! What the kernel's audit says of IMA: records of files that it refused, or would have refused.
//!
//! A record reaches us by three ways, and is the same text each time:
//!
//! ```text
//! audit: type=1800 audit(1764000000.123:77): pid=9 uid=0 auid=0 ses=1 op=appraise_data cause=…   the kernel's log
//! type=INTEGRITY_DATA msg=audit(1764000000.123:77): pid=9 uid=0 auid=0 ses=1 op=appraise_data …  auditd's log
//! INTEGRITY_DATA pid=9 uid=0 auid=0 ses=1 op=appraise_data cause=…                               journald, stamp apart
//! ```
//!
//! SPEC: `integrity_audit_message()`, `security/integrity/integrity_audit.c`; `audit_log_untrustedstring()`,
//! `kernel/audit.c`, for names; auditd.conf(5) for `node=` before a record, and for what `ENRICHED` adds behind it.
//!
//! | file | what |
//! |---|---|
//! | `line` | one line of a log: a record, a sign that records were lost, or neither |
//! | `stamp` | time and number by which a record is known wherever it is found |
//! | `record` `fields` | what a record says |
//! | `cause` | why, in the kernel's words |
//! | `kernel_message` | a message of `/dev/kmsg` |
//! | `journal` | an entry of the journal, as `journalctl -o json` writes it |

mod cause;
mod fields;
mod journal;
mod kernel_message;
mod line;
mod record;
mod stamp;

pub use cause::Cause;
pub use journal::journal_line;
pub use kernel_message::KernelMessage;
pub use line::{AuditLine, LINE_MAX};
pub use record::{AuditRecord, Enforcer, Operation};
pub use stamp::AuditStamp;
