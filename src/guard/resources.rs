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
/// with dpkg's opens, those that workers are busy with and those of one read, that is less than half the descriptors. A
/// quarter more is for files that are being closed.
pub(super) fn claim() -> usize {
    if let Err(error) = setpriority_process(None, NICE) {
        log::info!("cannot raise the priority: {error}");
    }
    room(raise_descriptors())
}

fn room(descriptors: u64) -> usize {
    let room = descriptors.saturating_sub(OTHERS + Group::READ_MAX as u64) / 4;
    usize::try_from(room.min(ROOM_MAX)).unwrap_or(0)
}

fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let known = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
    let now = known(limit.current);
    for (current, maximum) in wanted(now, known(limit.maximum)) {
        let limit = Rlimit {
            current: Some(current),
            maximum: Some(maximum),
        };
        match setrlimit(Resource::Nofile, limit) {
            Ok(()) => return current,
            Err(error) => log::info!("cannot raise the limit of descriptors to {current}: {error}"),
        }
    }
    now
}

/// The limits to ask for, given those of now: first what only a privileged process may have.
fn wanted(current: u64, maximum: u64) -> [(u64, u64); 2] {
    let wanted = current.max(DESCRIPTORS);
    [
        (wanted, maximum.max(wanted)),
        (wanted.min(maximum), maximum),
    ]
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

    #[test]
    fn more_are_asked_for_and_never_fewer() {
        assert_eq!(wanted(1_024, 4_096), [(8_192, 8_192), (4_096, 4_096)]);
        assert_eq!(wanted(1_024, 524_288), [(8_192, 524_288); 2]);
        assert_eq!(wanted(20_000, 20_000), [(20_000, 20_000); 2]);
    }

    #[test]
    fn users_have_less_than_half_of_them() {
        for limit in [0, 300, 1_024, 4_096, DESCRIPTORS, u64::MAX] {
            assert!(2 * room(limit) as u64 <= limit, "{limit}");
        }
        assert!(room(DESCRIPTORS) > 1_000);
    }
}
