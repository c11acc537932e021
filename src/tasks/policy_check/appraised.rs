//! The files that a policy appraises.

use std::sync::{Mutex, PoisonError};

use super::check::PolicyCheck;
use crate::machine::error::SystemError;
use crate::machine::walk::{ProgramFile, walk};

/// What a walk over the system found for a policy.
#[derive(Debug, Default)]
pub struct AppraisedFiles {
    /// The files, sorted by path.
    pub files: Vec<ProgramFile>,
    /// What could not be examined, sorted by path.
    pub errors: Vec<SystemError>,
}

impl AppraisedFiles {
    /// Finds every file of the system that the policy appraises.
    ///
    /// # Errors
    /// If the root itself cannot be read.
    pub fn find(check: &PolicyCheck<'_>) -> Result<Self, SystemError> {
        let found = Mutex::new(Vec::new());
        let errors = walk(check.root, |met| {
            let file = met.program_file()?;
            if check.appraises(&file) {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push(file);
            }
            Ok(())
        })?;
        let mut files = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, errors })
    }
}
