//! The programs that `verify` finds unsigned, and no list names.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::file_state::FileState;
use crate::dpkg::PackageName;
use crate::keys::signing::Trust;
use crate::labelling::Verdict;
use crate::machine::path_opener::PathOpener;
use crate::machine::root::Root;
use crate::machine::roots_own::RootsOwn;
use crate::tasks::target::TargetError;
use crate::tasks::verify::{Advance, SystemEvent, verify_system};

/// A program without a signature, which no list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedProgram {
    /// Its path from the root, with a slash at its start.
    pub path: PathBuf,
    /// The package that has it, which is unsigned.
    pub package: Option<PackageName>,
    /// Who can change it.
    pub writers: Writers,
    /// The file and its content, as it was found.
    pub state: FileState,
}

/// Who can change a file, or put another in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Root alone.
    Root,
    /// That user, whose it is.
    User(u32),
    /// Others too, by the mode of the file or of a folder above it.
    Others,
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
    let mut found = Vec::new();
    verify_system(root, trust, progress, &mut |told| {
        match told {
            SystemEvent::Found(file)
                if !file.is_listed && file.finding.verdict == Verdict::Unsigned =>
            {
                let path = OsString::from_vec(file.finding.path.clone());
                found.push((PathBuf::from(path), file.package.cloned()));
            }
            SystemEvent::Found(_) => {}
            SystemEvent::Trouble(error) => trouble(error),
        }
        ControlFlow::Continue(())
    })?;
    let (mut opener, own) = (PathOpener::new(root)?, RootsOwn::of(root)?);
    let mut programs = Vec::new();
    for (path, package) in found {
        match opener.open_file(&path) {
            Ok(Some((file, stat))) => programs.push(UnsignedProgram {
                writers: match stat.st_uid {
                    _ if own.has_opened(&file) && own.has_way_to(&path) => Writers::Root,
                    user if !own.is_root(user) => Writers::User(user),
                    _ => Writers::Others,
                },
                state: FileState::from(&stat),
                path,
                package,
            }),
            Ok(None) => {} // Gone in the meantime.
            Err(error) => trouble(error.into()),
        }
    }
    Ok(programs)
}
