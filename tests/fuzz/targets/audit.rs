//! Records of the kernel's audit, in which whoever names a file or a process has chosen some of the text: as auditd's log,
//! the kernel's ring buffer and `journalctl -o json` have them.
//!
//! What a record says can be printed, and a name is no longer than a path.

use dpkg_ima::format::audit::{AuditLine, KernelMessage, journal_line};
use dpkg_ima::format::imasigs::escaped;

use super::support::assert_plain;

/// Longest path of the kernel's.
const NAME_MAX: usize = 4096;

pub fn run(data: &[u8]) {
    check(&journal_line(data));
    for line in data.split(|&byte| byte == b'\n') {
        check(&AuditLine::of_auditd(line));
        check(&AuditLine::of_kernel(line));
        check(&journal_line(line));
        if let Some(message) = KernelMessage::parse(line) {
            check(&message.line);
        }
    }
}

fn check(line: &AuditLine) {
    let AuditLine::Record(record) = line else {
        return;
    };
    assert!(!record.name.is_empty() && record.name.len() <= NAME_MAX);
    assert_plain(&escaped(&record.name));
    assert_plain(&record.cause);
    assert_plain(&record.command);
    assert_plain(&record.stamp.time());
    record.device.iter().for_each(assert_plain);
}
