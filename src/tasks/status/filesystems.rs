//! Whether the filesystems on disk can carry labels, and what a label costs there.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::line::StatusLine;
use super::topic::Topic;
use crate::machine::attribute;
use crate::machine::error::{SystemError, shown};
use crate::machine::mounts::{MOUNTINFO, Mounted, on_disk};
use crate::machine::root::Root;

const TOPIC: Topic = Topic::Filesystem;
/// SPEC: struct ext4_super_block, which is at byte 1024: `s_magic` and `s_inode_size`.
const EXT4_MAGIC_AT: usize = 56;
const EXT4_INODE_SIZE_AT: usize = 88;
const EXT4_MAGIC: u16 = 0xef53;
/// From this size on an RSA-2048 signature fits into an inode.
const ROOMY_INODE: u16 = 512;

/// A line for each filesystem on disk, and for each mount that is left out.
pub(super) fn filesystems(root: &Root) -> Vec<StatusLine> {
    let mut lines = on_disks(root);
    lines.extend(root.left_out().worth_a_word().map(|mount| {
        StatusLine::unknown(
            TOPIC,
            format!("{mount} is left out: another machine, or a program, serves it"),
            "keep programs off it, or exempt it in the policy",
        )
    }));
    lines
}

fn on_disks(root: &Root) -> Vec<StatusLine> {
    match fs::read(MOUNTINFO) {
        Ok(mountinfo) => {
            let mounted = on_disk(&mountinfo);
            mounted.iter().map(|one| line(root, one)).collect()
        }
        Err(error) => vec![StatusLine::unknown(TOPIC, error.to_string(), "mount /proc")],
    }
}

fn line(root: &Root, mounted: &Mounted) -> StatusLine {
    let name = format!("{} ({})", shown(&mounted.point), mounted.kind);
    match keeps_labels(root, &mounted.point) {
        Ok(true) => StatusLine::good(TOPIC, format!("{name}: labels are kept{}", cost(mounted))),
        Ok(false) => StatusLine::not(
            TOPIC,
            format!("{name}: no security attributes"),
            "keep programs off it, or exempt it in the policy",
        ),
        Err(error) => StatusLine::unknown(TOPIC, format!("{name}: {error}"), "run this as root"),
    }
}

/// Opened past the mounts that are left out: the way to the mount point may lead through one.
fn keeps_labels(root: &Root, point: &Path) -> Result<bool, SystemError> {
    let supported = match root.open_folder(point)? {
        Some(folder) => attribute::is_supported(&folder),
        // In containers, files are mount points too.
        None => match root.open_file(point)? {
            Some(file) => attribute::is_supported(&file),
            None => Err(io::ErrorKind::NotFound.into()),
        },
    };
    supported.map_err(SystemError::at("examine", point))
}

fn cost(mounted: &Mounted) -> String {
    let size = match mounted.kind.plain().unwrap_or_default() {
        // Whatever another source is, it is not opened.
        "ext2" | "ext3" | "ext4" if mounted.source.starts_with("/dev") => {
            inode_size(&mounted.source).ok().flatten()
        }
        _ => None,
    };
    match size {
        Some(size) if size < ROOMY_INODE => {
            format!("; inodes of {size} bytes: each signature takes a block of its own")
        }
        Some(size) => format!("; inodes of {size} bytes"),
        None => String::new(),
    }
}

/// The size of an inode in bytes; none if the device has no ext2, ext3 or ext4.
fn inode_size(device: &Path) -> io::Result<Option<u16>> {
    let mut block = [0; 1024];
    let mut device = File::open(device)?;
    device.seek(SeekFrom::Start(1024))?;
    device.read_exact(&mut block)?;
    let number = |at: usize| u16::from_le_bytes([block[at], block[at + 1]]);
    Ok((number(EXT4_MAGIC_AT) == EXT4_MAGIC).then(|| number(EXT4_INODE_SIZE_AT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_superblock_says_how_large_inodes_are() {
        let image = tempfile::NamedTempFile::new().unwrap();
        let mut bytes = vec![0; 4096];
        fs::write(image.path(), &bytes).unwrap();
        assert_eq!(inode_size(image.path()).unwrap(), None);
        bytes[1024 + 56..1024 + 58].copy_from_slice(&[0x53, 0xef]);
        bytes[1024 + 88..1024 + 90].copy_from_slice(&[0, 1]);
        fs::write(image.path(), &bytes).unwrap();
        assert_eq!(inode_size(image.path()).unwrap(), Some(256));
    }
}
