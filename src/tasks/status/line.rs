//! One line of the answer.

use super::topic::Topic;

/// Whether one thing works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It works.
    Good,
    /// It does not work, or would not if the machine enforced.
    Not,
    /// It could not be found out, for instance without root's rights.
    Unknown,
}

impl Readiness {
    /// The first word of a line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Not => "not",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that must work before a machine enforces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    /// The thing. Several lines may have the same.
    pub topic: Topic,
    /// Whether it works.
    pub readiness: Readiness,
    /// What was found, as a clause without a full stop.
    pub reason: String,
    /// What to do next, unless it works.
    pub next: Option<&'static str>,
}

impl StatusLine {
    pub(super) fn good(topic: Topic, reason: impl Into<String>) -> Self {
        Self {
            topic,
            readiness: Readiness::Good,
            reason: reason.into(),
            next: None,
        }
    }

    pub(super) fn not(topic: Topic, reason: impl Into<String>, next: &'static str) -> Self {
        Self {
            readiness: Readiness::Not,
            next: Some(next),
            ..Self::good(topic, reason)
        }
    }

    pub(super) fn unknown(topic: Topic, reason: impl Into<String>, next: &'static str) -> Self {
        Self {
            readiness: Readiness::Unknown,
            ..Self::not(topic, reason, next)
        }
    }
}
