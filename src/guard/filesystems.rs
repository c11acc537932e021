//! The filesystems that the guard marks.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::machine::error::shown;
use crate::machine::fanotify::Group;
use crate::machine::mounts::{MOUNTINFO, on_disk};

/// Marks every filesystem on a local disk: their opens wait from now on. One that cannot be marked is left to the
/// sweep.
///
/// # Errors
/// If /proc/self/mountinfo cannot be read.
pub(super) fn watch_all(group: &Group) -> io::Result<()> {
    let points = to_watch(&fs::read(MOUNTINFO)?);
    for point in points {
        match group.add_filesystem(&point) {
            Ok(()) => log::debug!("watching '{}'", shown(&point)),
            Err(error) => log::warn!("cannot watch '{}': {error}", shown(&point)),
        }
    }
    Ok(())
}

/// One mount point of each filesystem to watch. The root is always among them: within a chroot it may be no mount
/// point.
fn to_watch(mountinfo: &[u8]) -> Vec<PathBuf> {
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
