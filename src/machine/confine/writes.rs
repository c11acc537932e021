//! Where a process may write: Landlock, which does not restrict extended attributes, so labels can be written
//! everywhere.

use std::path::Path;

use landlock::{
    ABI, AccessFs, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus,
};

use super::ConfineError;
use crate::machine::folder::Folder;

/// [`std::process::Stdio::null`] opens it for every child, to write too.
const NULL: &str = "/dev/null";

/// Afterwards the thread can write, make, rename and remove only beneath these folders.
pub(super) fn allow_beneath(state: Option<&Folder>, folders: &[&Path]) -> Result<(), ConfineError> {
    let writing: BitFlags<AccessFs> = AccessFs::from_write(ABI::V3);
    let mut rules = Ruleset::default().handle_access(writing)?.create()?;
    if let Some(state) = state {
        rules = rules.add_rule(PathBeneath::new(state, writing))?;
    }
    for folder in folders {
        if let Ok(opened) = PathFd::new(folder) {
            rules = rules.add_rule(PathBeneath::new(opened, writing))?;
        }
    }
    if let Ok(null) = PathFd::new(NULL) {
        rules = rules.add_rule(PathBeneath::new(null, AccessFs::WriteFile))?;
    }
    match rules.restrict_self()?.ruleset {
        RulesetStatus::NotEnforced => Err(ConfineError::NoLandlock),
        // Before Linux 6.2 Landlock does not restrict truncate(2), which our filter does not allow either.
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}
