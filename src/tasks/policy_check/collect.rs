//! The files that a policy looks at.

use std::sync::{Mutex, PoisonError};

use super::Judge;
use crate::machine::error::SystemError;
use crate::machine::walk::{ProgramFile, walk};

/// What is to be judged.
#[derive(Debug, Default)]
pub struct Collected {
    /// The files, sorted by path.
    pub candidates: Vec<ProgramFile>,
    /// What could not be looked at.
    pub errors: Vec<SystemError>,
}

impl Judge<'_> {
    /// Every file of the system that the policy looks at.
    ///
    /// # Errors
    /// If the root itself cannot be read.
    pub fn collect(&self) -> Result<Collected, SystemError> {
        let found = Mutex::new(Vec::new());
        let errors = walk(self.root, |met| {
            let candidate = met.program_file()?;
            if self.appraises(&candidate) {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push(candidate);
            }
            Ok(())
        })?;
        let mut candidates = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        candidates.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Collected { candidates, errors })
    }
}
