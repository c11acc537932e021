//! What is to be said of the sources of records.

use crate::cli::report::Report;
use crate::format::plural::count;
use crate::machine::error::SystemError;
use crate::tasks::why::{Reading, RecordSource};

/// Names what could not be read, and says what may be missing.
pub(super) fn report_sources(reading: &Reading, report: &mut Report) {
    report_failed(&reading.failed, report);
    if reading.read.is_empty() && reading.failed.is_empty() {
        report_none(report);
    }
    if reading.lost {
        report_lost(report);
    }
    if reading.begins_late {
        report.note(
            "the kernel's ring buffer, the only source here, has no room for what is older; journald or auditd keep it",
        );
    }
}

/// Names the sources that could not be read.
pub(super) fn report_failed(failed: &[(RecordSource, SystemError)], report: &mut Report) {
    for (source, error) in failed {
        let hint = "run it as root, outside of containers";
        report.trouble(format_args!("{source}: {error}"), Some(hint));
    }
}

/// No source is there.
pub(super) fn report_none(report: &mut Report) {
    report.trouble(
        "there are no audit records: no journal, no log of auditd's, and no ring buffer of the kernel's",
        Some(
            "name the system that has them with --root, or a file, which is then judged by itself",
        ),
    );
}

/// Records are missing.
pub(super) fn report_lost(report: &mut Report) {
    report.trouble(
        "the kernel has dropped audit records, so refusals may be missing here",
        Some(
            "install auditd, which takes them as they come; audit_backlog_limit=8192 on the kernel's command line makes room",
        ),
    );
}

/// Some records are of files that are told no more.
pub(super) fn report_left_out(left_out: usize, report: &mut Report) {
    if left_out > 0 {
        let records = count(left_out, "record");
        report.trouble(
            format_args!("{records} of other files are left out: there are too many"),
            None,
        );
    }
}
