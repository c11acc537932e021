//! The programs that `verify` finds unsigned, and no list names.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use crate::dpkg::PackageName;
use crate::keys::signing::Trust;
use crate::labelling::Verdict;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;
use crate::tasks::verify::{Advance, SystemEvent, verify_system};

/// A program without a signature, which no list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedProgram {
    /// Its path from the root, with a slash at its start.
    pub path: PathBuf,
    /// The package that has it, which is unsigned.
    pub package: Option<PackageName>,
}

/// Verifies the system, and returns these programs by path. What cannot be read is told of.
///
/// # Errors
/// If the root, its certificates or dpkg's database cannot be read at all.
pub fn unsigned_programs(
    root: &Root,
    trust: &Trust,
    progress: &(dyn Fn(Advance) + Sync),
    trouble: &mut dyn FnMut(TargetError),
) -> Result<Vec<UnsignedProgram>, TargetError> {
    let mut programs = Vec::new();
    verify_system(root, trust, progress, &mut |told| {
        match told {
            SystemEvent::Found(file)
                if !file.is_listed && file.finding.verdict == Verdict::Unsigned =>
            {
                programs.push(UnsignedProgram {
                    path: OsString::from_vec(file.finding.path.clone()).into(),
                    package: file.package.cloned(),
                });
            }
            SystemEvent::Found(_) => {}
            SystemEvent::Trouble(error) => trouble(error),
        }
        ControlFlow::Continue(())
    })?;
    Ok(programs)
}
