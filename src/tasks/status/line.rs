//! One line of the answer.

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Not.
    Not,
    /// It cannot be told.
    Unknown,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Not => "not",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that must work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub topic: &'static str,
    /// How it is.
    pub state: State,
    /// Why that is said.
    pub reason: String,
    /// What to do about it.
    pub next: Option<&'static str>,
}

impl Line {
    /// It is as it should be.
    pub(super) fn good(topic: &'static str, reason: impl Into<String>) -> Self {
        Self::new(topic, State::Good, reason, None)
    }

    /// It is not.
    pub(super) fn not(topic: &'static str, reason: impl Into<String>, next: &'static str) -> Self {
        Self::new(topic, State::Not, reason, Some(next))
    }

    /// It cannot be told.
    pub(super) fn unknown(
        topic: &'static str,
        reason: impl Into<String>,
        next: &'static str,
    ) -> Self {
        Self::new(topic, State::Unknown, reason, Some(next))
    }

    fn new(
        topic: &'static str,
        state: State,
        reason: impl Into<String>,
        next: Option<&'static str>,
    ) -> Self {
        Self {
            topic,
            state,
            reason: reason.into(),
            next,
        }
    }
}
