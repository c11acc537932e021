//! Warnings of what is met again and again, said once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Most warnings that are remembered. Further ones are not said: whoever causes so many different ones wants to fill the
/// log.
const WARNINGS_MAX: usize = 256;

static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Logs a warning, unless this process has logged the same before.
pub fn warn_once(warning: impl fmt::Display) {
    let warning = warning.to_string();
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.len() < WARNINGS_MAX && !said.contains(&warning) {
        log::warn!("{warning}");
        said.insert(warning);
    }
}
