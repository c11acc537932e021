//! What each process is there for, and the steps by which it is confined to that.

use std::io;
use std::path::Path;

use nix::sys::stat::Mode;
use rustix::thread::CapabilitySet;

use super::{calls, capabilities, writes};
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::root::Root;
use crate::signatures::STATE;

/// Where dpkg keeps what packages brought.
const DATABASE: &str = "var/lib/dpkg/info";

/// What a process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Labels files as they are opened.
    Guard,
    /// Labels files of the running system.
    Sweep,
    /// Labels files of another root.
    SweepElsewhere,
    /// Reads .debs.
    Load,
    /// Ends a guard that stalls.
    Watchdog,
}

impl Duty {
    /// Those that it keeps.
    const fn capabilities(self) -> CapabilitySet {
        let reading = CapabilitySet::DAC_READ_SEARCH.union(CapabilitySet::SYS_RESOURCE);
        let labelling = reading.union(CapabilitySet::SYS_ADMIN);
        match self {
            Self::Guard | Self::Sweep => labelling,
            Self::SweepElsewhere => labelling.union(CapabilitySet::DAC_OVERRIDE),
            Self::Load => reading,
            Self::Watchdog => CapabilitySet::empty(),
        }
    }
}

/// Why one of the steps was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Loose {
    /// The kernel's answer.
    #[error("{0}")]
    Kernel(#[from] io::Error),
    /// The folder to write to cannot be opened.
    #[error("{0}")]
    Folder(#[from] SystemError),
    /// No Landlock, or not all of it.
    #[error("{0}")]
    Landlock(#[from] landlock::RulesetError),
    /// The kernel has no Landlock.
    #[error("this kernel has no Landlock, or it is switched off")]
    NoLandlock,
    /// No filter can be built for this machine.
    #[error("{0}")]
    Filter(String),
}

/// Confines the calling thread, and whatever it starts from now on, to that duty. It may still write
/// beneath the root's state folder and beneath those folders; paths are the caller's, not a package's.
/// A step that cannot be taken is logged.
pub fn confine(duty: Duty, root: Option<&Root>, folders: &[&Path]) {
    let steps: [(&str, Result<(), Loose>); 3] = [
        ("writes", confine_writes(root, folders)),
        ("capabilities", capabilities::keep(duty.capabilities())),
        ("system calls", calls::allow_needed()),
    ];
    for (what, result) in steps {
        if let Err(error) = result {
            log::info!("{what} are not confined: {error}");
        }
    }
}

fn confine_writes(root: Option<&Root>, folders: &[&Path]) -> Result<(), Loose> {
    let state = root.map(state_folder).transpose()?.flatten();
    writes::allow_beneath(state.as_ref(), folders)
}

/// Made if it is not there: afterwards it cannot be. None where there is no dpkg either.
fn state_folder(root: &Root) -> Result<Option<Folder>, SystemError> {
    let folder = root.open_folder(Path::new(STATE))?;
    if folder.is_some() || root.open_folder(Path::new(DATABASE))?.is_none() {
        return Ok(folder);
    }
    match root.make_folder(Path::new(STATE), Mode::S_IRWXU) {
        Ok(folder) => Ok(Some(folder)),
        Err(error) => {
            log::debug!("{error}");
            Ok(None)
        }
    }
}
