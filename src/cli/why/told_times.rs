//! How often a file was refused, and for whom, as it is printed. Pure.

use std::fmt;

use crate::format::audit::Operation;
use crate::format::imasigs::escaped;
use crate::tasks::why::{Effect, Refused};

/// The file, the number of records, the time of the last one, and the processes.
pub(super) struct ToldTimes<'a> {
    pub(super) refused: &'a Refused,
    pub(super) effect: Effect,
    /// The reason was told already, and these are the records since then.
    pub(super) is_again: bool,
}

impl fmt::Display for ToldTimes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (refused, last) = (self.refused, &self.refused.last);
        let subject = match last.operation {
            Operation::SetLabel => "a label for it ",
            Operation::Appraise | Operation::Collect | Operation::Map => "",
        };
        let (file, time) = (escaped(&last.name), last.stamp.time());
        write!(f, "{file}: {subject}{}", self.effect.verb())?;
        match (refused.count, self.is_again) {
            (1, false) => write!(f, " at {time}")?,
            (1, true) => write!(f, " once more, at {time}")?,
            (times, false) => write!(f, " {times} times, the last time at {time}")?,
            (times, true) => write!(f, " {times} times more, the last time at {time}")?,
        }
        write!(f, ", for '{}'", last.command)?;
        if let (Some(process), Some(user)) = (last.process, last.user) {
            write!(f, " (process {process}, user {user})")?;
        }
        let others = refused
            .commands
            .iter()
            .filter(|name| **name != last.command);
        let others: Vec<_> = others.map(|name| format!("'{name}'")).collect();
        match others.is_empty() {
            true => Ok(()),
            false => write!(f, "; before for {}", others.join(", ")),
        }
    }
}
