//! Resource limits and priority of the guard's process.
//!
//! SPEC: fanotify(7): reading an event opens a descriptor. Where that fails (EMFILE) the kernel refuses the open.
//! ENFILE is no danger: the system's limit does not hold for CAP_SYS_ADMIN.

use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};

use crate::machine::fanotify::Group;

/// The least limit of descriptors that the guard asks for.
const DESCRIPTORS: u64 = 8_192;
/// Descriptors for all else but opens that wait; several times what is used.
const OTHERS: u64 = 256;
/// The most opens of users that wait at once.
const ROOM_MAX: u64 = 1_024;
/// Every open waits for the guard, so the guard does not wait for processes that only use up processors.
const NICE: i32 = -20;

/// Raises priority and limits, as far as this process may. Returns how many opens of users may wait at once: together
/// with dpkg's opens, those that workers are busy with and those of one read, that is less than half the descriptors.
pub(super) fn claim() -> usize {
    if let Err(error) = setpriority_process(None, NICE) {
        log::info!("cannot raise the priority: {error}");
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
            Err(error) => log::info!("cannot raise the limit of descriptors to {current}: {error}"),
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
