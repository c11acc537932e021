//! The identity of a file under all its names: hard links, diversions and merged /usr make no difference.

use std::collections::{BTreeMap, HashSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use nix::sys::stat::FileStat;

/// Filesystem and inode: what all names of a file share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The filesystem's device number.
    pub device: u64,
    /// The inode's number there.
    pub inode: u64,
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

impl From<&FileStat> for Identity {
    fn from(stat: &FileStat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}

/// A set of identities, in little memory: there are few filesystems.
#[derive(Clone, Debug, Default)]
pub struct Identities(BTreeMap<u64, HashSet<u64>>);

impl Identities {
    /// Afterwards the set contains it.
    pub fn insert(&mut self, identity: Identity) {
        let inodes = self.0.entry(identity.device).or_default();
        inodes.insert(identity.inode);
    }

    /// Whether the set has it.
    #[must_use]
    pub fn contains(&self, identity: Identity) -> bool {
        let inodes = self.0.get(&identity.device);
        inodes.is_some_and(|inodes| inodes.contains(&identity.inode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_different_filesystems_are_different_files() {
        let file = |device, inode| Identity { device, inode };
        let mut files = Identities::default();
        files.insert(file(1, 7));
        files.insert(file(2, 8));
        let there = [(1, 7), (2, 8), (1, 8), (2, 7), (3, 7)];
        let there = there.map(|(device, inode)| files.contains(file(device, inode)));
        assert_eq!(there, [true, true, false, false, false]);
    }
}
