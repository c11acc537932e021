//! What the guard needs of the machine: descriptors, and a processor when somebody waits.
//!
//! SPEC: fanotify(7): each event that is read opens a descriptor. Where that fails (EMFILE) the kernel
//! refuses the open. ENFILE is no danger: the system's limit does not hold for CAP_SYS_ADMIN.

use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};

use crate::machine::fanotify::Group;

/// Descriptors that are wanted.
const DESCRIPTORS: u64 = 8_192;
/// Descriptors for everything but opens that wait, many times over.
const OTHERS: u64 = 256;
/// Most opens that wait at once. The rest goes on.
const ROOM_MAX: u64 = 1_024;
/// Whoever opens a file waits for us, so we do not wait for those who only use up processors.
const NICE: i32 = -20;

/// Raises the limits, as far as this process may. How many opens of users may wait at once is what it
/// returns: with what dpkg opens, what is being worked at and what is read at once, it stays below half
/// the descriptors.
pub(super) fn claim() -> usize {
    if let Err(error) = setpriority_process(None, NICE) {
        log::info!("no higher priority: {error}");
    }
    let limit = raise_descriptors();
    let room = limit.saturating_sub(OTHERS + Group::READ_MAX as u64) / 4;
    usize::try_from(room.min(ROOM_MAX)).unwrap_or(0)
}

fn raise_descriptors() -> u64 {
    let now = getrlimit(Resource::Nofile);
    let known = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
    let wanted = known(now.current).max(DESCRIPTORS);
    let most = known(now.maximum);
    for (current, maximum) in [(wanted, most.max(wanted)), (wanted.min(most), most)] {
        let limit = Rlimit {
            current: Some(current),
            maximum: Some(maximum),
        };
        match setrlimit(Resource::Nofile, limit) {
            Ok(()) => return current,
            Err(error) => log::info!("cannot have {current} descriptors: {error}"),
        }
    }
    known(now.current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_descriptors_for_all_that_may_wait() {
        let limit = raise_descriptors();
        assert_eq!(getrlimit(Resource::Nofile).current, Some(limit));
        assert!(limit >= DESCRIPTORS.min(4_096));
    }
}
