//! Where audit records are found: the journal, auditd's log, and the ring buffer of the kernel.
//!
//! Each source that is there is read. Which of them has a record depends on what runs: with auditd the kernel hands
//! records to it and prints none; without, it prints them, and journald takes them from there, or from the audit socket.
//! A record that is found twice counts once, by its stamp and what it says.
//!
//! SECURITY: text in a record was chosen by whoever named the file and the process. The length of a line, of a file and
//! of what journalctl says are limited, and so is the time that journalctl may take.

mod audit_log;
mod extent;
mod follow;
mod followed_log;
mod journal;
mod journalctl;
mod kernel_ring;
mod lines;
mod period;
mod read;

pub use follow::{Following, Heard};
pub(in crate::tasks::why) use period::boot_time;
pub use period::{Period, PeriodError};
pub use read::{Reading, RecordSource, read_all};
