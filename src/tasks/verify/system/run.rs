//! The steps of verifying a system.

use std::ops::ControlFlow;

use nix::sys::statvfs::fstatvfs;

use super::listed::verify_listed;
use super::programs::UnlistedPrograms;
use super::report::{Advance, Reporter, SystemEvent};
use super::unlisted::verify_unlisted;
use crate::keys::signing::Trust;
use crate::labelling::Placement;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;

/// Verifies the system. `tell` receives each result and says whether to go on; `progress` is called from several threads.
///
/// # Errors
/// If the root or dpkg's database cannot be read at all.
pub fn verify_system(
    root: &Root,
    trust: &Trust,
    progress: &(dyn Fn(Advance) + Sync),
    tell: &mut dyn FnMut(SystemEvent<'_>) -> ControlFlow<()>,
) -> Result<(), TargetError> {
    let placement = Placement::of(root)?;
    let mut reporter = Reporter {
        progress,
        tell,
        has_left: false,
    };
    let named = verify_listed(&placement, trust, &mut reporter)?;
    if reporter.has_left {
        return Ok(());
    }
    progress(Advance::Stage("looking for other programs", files_of(root)));
    let programs = UnlistedPrograms::find(root, &named, &mut reporter)?;
    drop(named);
    verify_unlisted(programs, &placement, trust, &mut reporter)?;
    Ok(())
}

/// The number of files on the root's filesystem; 0 where it does not count them.
fn files_of(root: &Root) -> u64 {
    let folder = root.open_folder("/".as_ref()).ok().flatten();
    let counted = folder.and_then(|folder| fstatvfs(&folder).ok());
    counted.map_or(0, |counted| {
        counted.files().saturating_sub(counted.files_free())
    })
}
