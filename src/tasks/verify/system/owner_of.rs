//! Whose some files are.

use std::ops::ControlFlow;
use std::path::Path;

use super::owners::Owners;
use super::programs::UnlistedPrograms;
use super::report::{Reporter, SystemEvent};
use crate::dpkg::PackageName;
use crate::labelling::Placement;
use crate::machine::error::SystemError;
use crate::machine::walk::Identity;

/// The packages that have those files, in their order. Every file list of dpkg's is read once; one that cannot be read is
/// logged.
///
/// # Errors
/// If dpkg's database cannot be read at all.
pub(in crate::tasks) fn owners_of(
    placement: &Placement<'_>,
    files: &[(Identity, &Path)],
) -> Result<Vec<Option<PackageName>>, SystemError> {
    let mut programs = UnlistedPrograms::of(files.iter().copied());
    let mut reporter = Reporter {
        progress: &|_| {},
        tell: &mut |told| {
            if let SystemEvent::Trouble(error) = told {
                log::warn!("{error}");
            }
            ControlFlow::Continue(())
        },
        has_left: false,
    };
    let owners = Owners::find(placement, &mut programs, &mut reporter)?;
    let owner = |&(identity, path): &(Identity, &Path)| {
        let number = programs.owner_of(identity);
        let package = owners.of(number, path.as_os_str().as_encoded_bytes());
        package.cloned()
    };
    Ok(files.iter().map(owner).collect())
}
