//! What each process is there for, and the steps by which it is confined to that.

use std::path::Path;

use rustix::thread::CapabilitySet;

use super::{ConfineError, calls, capabilities, writes};
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;

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
    /// Ends a guard that stalls, and answers in its place.
    Watchdog,
}

impl Duty {
    /// The module's table says what each is for.
    const fn capabilities(self) -> CapabilitySet {
        let reading = CapabilitySet::DAC_READ_SEARCH.union(CapabilitySet::SYS_RESOURCE);
        let labelling = reading.union(CapabilitySet::SYS_ADMIN);
        match self {
            Self::Guard | Self::Sweep => labelling,
            Self::SweepElsewhere => labelling.union(CapabilitySet::DAC_OVERRIDE),
            Self::Load => reading,
            Self::Watchdog => CapabilitySet::SYS_ADMIN,
        }
    }
}

/// Confines the calling thread, and every thread and process that it starts from now on, to that duty. It may still
/// write beneath the state folder and beneath `folders`; these paths are the caller's, not a package's.
///
/// A step that cannot be taken is logged, and the others are taken; writes are not confined if the state folder is
/// there and cannot be opened.
pub fn confine(duty: Duty, state: Result<Option<Folder>, SystemError>, folders: &[&Path]) {
    let writes = state
        .map_err(ConfineError::from)
        .and_then(|state| writes::allow_beneath(state.as_ref(), folders));
    let steps = [
        ("writes", writes),
        ("capabilities", capabilities::keep(duty.capabilities())),
        ("system calls", calls::allow_needed()),
    ];
    for (what, result) in steps {
        if let Err(error) = result {
            log::info!("{what} are not confined: {error}");
        }
    }
}
