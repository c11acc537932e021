//! Which filesystems to watch.

use std::path::PathBuf;

use crate::machine::mounts::on_disk;

/// One mount point of every filesystem to watch. The root's is always among them: within a chroot it may be
/// no mount point at all.
pub(super) fn to_watch(mountinfo: &[u8]) -> Vec<PathBuf> {
    let root = PathBuf::from("/");
    let mounted = on_disk(mountinfo).into_iter().map(|mounted| mounted.point);
    let others = mounted.filter(|point| *point != root);
    std::iter::once(root.clone()).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_always_watched() {
        let line = "26 22 254:1 / /home rw shared:2 master:3 - xfs /dev/vdb rw\n";
        let expected = ["/", "/home"].map(PathBuf::from);
        assert_eq!(to_watch(line.as_bytes()), expected);
        assert_eq!(to_watch(b""), expected[..1]);
    }
}
