//! Waiting for a source, but not for ever.

use std::time::{Duration, Instant};

use super::limits::SILENCE;

/// How often we look whether there is an answer.
const PAUSE: Duration = Duration::from_millis(10);

/// A deadline, and a word to the user when an answer is slow.
pub(super) struct Patience<'a> {
    deadline: Instant,
    speak_at: Instant,
    /// Gone once it has been said.
    say: Option<&'a dyn Fn()>,
}

impl<'a> Patience<'a> {
    pub(super) fn until(deadline: Instant, say: &'a dyn Fn()) -> Self {
        Self {
            deadline,
            speak_at: Instant::now() + SILENCE,
            say: Some(say),
        }
    }

    /// How long to wait now; none if it has been long enough.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let speak_at = self.speak_at;
        if let Some(say) = self.say.take_if(|_| now >= speak_at) {
            say();
        }
        (now < self.deadline).then_some(PAUSE)
    }
}
