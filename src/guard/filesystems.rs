//! Which filesystems to watch.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Filesystems on disk that keep security attributes. Network filesystems and those that live in
/// memory are left alone: policies exempt tmpfs, and its files do not outlive the boot. So are overlays, which
/// are containers': a label on one would copy the file up.
const KINDS: [&str; 11] = [
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "nilfs2", "ubifs", "xfs", "zfs",
];

/// A filesystem, at one of the places where it is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// Where.
    pub point: PathBuf,
    /// Its kind, such as `ext4`.
    pub kind: String,
    /// The device that it is on, or a word where it is on none.
    pub source: PathBuf,
}

/// One mount point of every filesystem to watch. The root's is always among them: within a chroot it may be
/// no mount point at all.
pub(super) fn to_watch(mountinfo: &str) -> Vec<PathBuf> {
    let root = PathBuf::from("/");
    let mounted = on_disk(mountinfo).into_iter().map(|mounted| mounted.point);
    let others = mounted.filter(|point| *point != root);
    std::iter::once(root.clone()).chain(others).collect()
}

/// Every filesystem on disk, once.
///
/// SPEC: `/proc/self/mountinfo`, proc(5): `id parent major:minor root point options - kind source …`; a
/// space, tab, line feed or backslash in a path is a backslash and three octal digits.
#[must_use]
pub fn on_disk(mountinfo: &str) -> Vec<Mounted> {
    let mut devices = HashSet::new();
    let mut found = Vec::new();
    for line in mountinfo.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let separator = words.iter().position(|word| *word == "-");
        let after = |number| separator.and_then(|at| words.get(at + number));
        let (kind, source) = (after(1), after(2));
        let known = kind.is_some_and(|kind| KINDS.contains(kind));
        if let (true, Some(device), Some(point)) = (known, words.get(2), words.get(4))
            && devices.insert(*device)
        {
            found.push(Mounted {
                point: PathBuf::from(unescaped(point)),
                kind: kind.copied().unwrap_or_default().to_owned(),
                source: PathBuf::from(unescaped(source.copied().unwrap_or_default())),
            });
        }
    }
    found
}

fn unescaped(text: &str) -> OsString {
    let mut path = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.first_chunk::<3>().filter(|_| byte == b'\\');
        let value =
            digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        path.push(value.unwrap_or(byte));
        rest = if value.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filesystem_once_and_only_those_on_disk() {
        let mountinfo = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:5 / /proc rw - proc proc rw
24 22 0:25 / /run rw - tmpfs tmpfs rw
25 22 254:0 /srv /mnt/bind rw - ext4 /dev/vda rw
26 22 254:1 / /home\\040of\\134all rw shared:2 master:3 - xfs /dev/vdb rw
27 22 0:44 / /net rw - nfs4 host:/x rw
cut off
";
        let expected = ["/", "/home of\\all"].map(PathBuf::from);
        assert_eq!(to_watch(mountinfo), expected);
        assert_eq!(to_watch(""), expected[..1]);
    }
}
