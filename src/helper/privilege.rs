//! Whether this process could write `security.ima` at all.

use std::fs;

/// SPEC: `CAP_SYS_ADMIN`, linux/capability.h; `ima_inode_setxattr()` asks for it.
const CAP_SYS_ADMIN: u32 = 21;
/// SPEC: user_namespaces(7): the map of the initial namespace.
const ALL_IDS: &str = "0 0 4294967295";

/// Whether the process has CAP_SYS_ADMIN in the initial user namespace. True where /proc cannot be read: then the kernel
/// says so when a label is written.
pub(super) fn may_label() -> bool {
    let status = fs::read_to_string("/proc/self/status");
    let map = fs::read_to_string("/proc/self/uid_map");
    status.map_or(true, |status| has_sys_admin(&status))
        && map.map_or(true, |map| maps_all_ids(&map))
}

fn has_sys_admin(status: &str) -> bool {
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    effective.is_none_or(|mask| mask >> CAP_SYS_ADMIN & 1 == 1)
}

fn maps_all_ids(map: &str) -> bool {
    map.split_whitespace().eq(ALL_IDS.split(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capability_is_read_from_the_mask() {
        assert!(has_sys_admin("CapEff:\t000001ffffffffff\n"));
        assert!(!has_sys_admin(
            "CapPrm:\t000001ffffffffff\nCapEff:\t00000000a80425fb\n"
        ));
    }

    #[test]
    fn a_user_namespace_maps_less() {
        assert!(maps_all_ids("         0          0 4294967295\n"));
        assert!(!maps_all_ids("         0     100000      65536\n"));
    }
}
