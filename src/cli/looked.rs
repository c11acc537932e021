//! The shape in which `status` and `setup` tell of what they have looked at: its state in a word, what it is called, what was
//! found, and beneath that what else there is to say.

use super::report::Report;
use super::tone::Tone;

/// One thing that was looked at.
pub(super) struct Looked<'a> {
    pub(super) tone: Tone,
    /// Seven characters at most.
    pub(super) state: &'a str,
    pub(super) topic: &'a str,
    /// As a clause without a full stop.
    pub(super) is: &'a str,
    /// Further lines, such as `-> dpkg-ima setup`.
    pub(super) beneath: Vec<String>,
}

impl Looked<'_> {
    pub(super) fn print(&self, report: &mut Report) {
        let state = format!("{:7}", self.state);
        let rest = format!(" {}: {}", self.topic, self.is);
        report.toned(&[(Some(self.tone), &state), (None, &rest)]);
        for line in &self.beneath {
            report.line(format_args!("{:7} {line}", ""));
        }
    }
}
