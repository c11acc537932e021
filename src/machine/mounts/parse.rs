//! Parses the kernel's list of mounts.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use crate::format::decimal::decimal;
use crate::format::text::Text;

/// Filesystems on disk that keep security attributes. Network filesystems and those that live in
/// memory are left alone: policies exempt tmpfs, and its files do not outlive the boot. So are overlays, which
/// are containers': a label on one would copy the file up.
const ON_DISK: [&str; 11] = [
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "nilfs2", "ubifs", "xfs", "zfs",
];

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    pub(super) id: u64,
    /// The id of the mount that it is mounted on.
    pub(super) parent: u64,
    /// The filesystem's device number, `major:minor`.
    pub device: Text,
    /// The mount point.
    pub point: PathBuf,
    /// The filesystem's type, such as `ext4`; that of a FUSE server is `fuse.` and a name of its own.
    pub kind: Text,
    /// The path of the device that it is on; a word where it is on none.
    pub source: PathBuf,
}

/// Every mount, in the kernel's order. A line of another form is left out.
///
/// SPEC: `/proc/self/mountinfo`, proc(5): `id parent major:minor root point options - kind source ...`; a
/// space, tab, line feed or backslash in a path is a backslash and three octal digits.
pub(super) fn mounts(mountinfo: &[u8]) -> impl Iterator<Item = Mounted> + '_ {
    mountinfo.split(|&byte| byte == b'\n').filter_map(parse)
}

fn parse(line: &[u8]) -> Option<Mounted> {
    let mut words = line.split(|&byte| byte == b' ');
    let (id, parent) = (decimal(words.next()?)?, decimal(words.next()?)?);
    let (device, _root) = (words.next()?, words.next()?);
    let point = words.next()?;
    words.find(|word| word == b"-")?;
    Some(Mounted {
        id,
        parent,
        device: device.into(),
        point: unescaped(point).into(),
        kind: unescaped(words.next()?).into_vec().as_slice().into(),
        source: unescaped(words.next()?).into(),
    })
}

/// Every filesystem on disk, once: the first of its mounts.
#[must_use]
pub fn on_disk(mountinfo: &[u8]) -> Vec<Mounted> {
    let mut devices = HashSet::new();
    let known = |mounted: &Mounted| ON_DISK.iter().any(|kind| mounted.kind == **kind);
    let mut found: Vec<_> = mounts(mountinfo).filter(known).collect();
    found.retain(|mounted| devices.insert(mounted.device.clone()));
    found
}

fn unescaped(text: &[u8]) -> OsString {
    let mut path = Vec::new();
    let mut rest = text;
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
        let mountinfo = b"\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:5 / /proc rw - proc proc rw
24 22 0:25 / /run rw - tmpfs tmpfs rw
25 22 254:0 /srv /mnt/bind rw - ext4 /dev/vda rw
26 22 254:1 / /home\\040of\\134all\xff rw shared:2 master:3 - xfs /dev/vdb rw
27 22 0:44 / /net rw - nfs4 host:/x rw
cut off
";
        let points: Vec<_> = on_disk(mountinfo)
            .into_iter()
            .map(|mounted| mounted.point.into_os_string().into_vec())
            .collect();
        assert_eq!(points, [b"/".to_vec(), b"/home of\\all\xff".to_vec()]);
        assert_eq!(on_disk(b""), []);
    }
}
