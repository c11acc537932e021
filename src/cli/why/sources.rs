//! What is to be said of the sources of records.

use crate::cli::report::Report;
use crate::tasks::why::Reading;

/// Names what could not be read, and says what may be missing.
pub(super) fn report_sources(reading: &Reading, report: &mut Report) {
    for (source, error) in &reading.failed {
        let hint = "run it as root, outside of containers";
        report.trouble(format_args!("{source}: {error}"), Some(hint));
    }
    if reading.read.is_empty() && reading.failed.is_empty() {
        report.trouble(
            "there are no audit records: no journal, no log of auditd's, and no ring buffer of the kernel's",
            Some("name the system that has them with --root, or a file, which is then judged by itself"),
        );
    }
    if reading.lost {
        report.trouble(
            "the kernel has dropped audit records, so refusals may be missing here",
            Some(
                "install auditd, which takes them as they come; audit_backlog_limit=8192 on the kernel's command line makes room",
            ),
        );
    }
    if reading.begins_late {
        report.note(
            "the kernel's ring buffer, the only source here, has no room for what is older; journald or auditd keep it",
        );
    }
}
