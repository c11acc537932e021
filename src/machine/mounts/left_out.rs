//! Mounts that are left out, because their servers may never answer.
//!
//! Remote filesystems and those of a server in user space keep no labels that a kernel appraises, and a stat of
//! their mount point can wait for ever. So they are recognised by their types before anything of them is touched.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::Mounted;
use super::parse::mounts;
use crate::format::text::Text;
use crate::machine::error::shown;

/// Types of filesystems that another machine serves, or that mount others when they are touched. Besides these: `fuse`,
/// and all that begin so.
const SERVED: [&str; 24] = [
    "9p", "acfs", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "gpfs", "lustre", "ncp",
    "ncpfs", "nfs", "nfs4", "orangefs", "panfs", "prl_fs", "pvfs2", "smb3", "smbfs", "vboxsf",
    "virtiofs", "vmhgfs", "wekafs",
];

/// Types of filesystems that the kernel makes up. A mount on one of them holds no files of packages.
const MADE_UP: [&str; 9] = [
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devtmpfs",
    "proc",
    "securityfs",
    "sysfs",
    "tracefs",
];

/// A mount that is left out. Prints as `'/mnt/x' (fuse.sshfs)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutMount {
    /// Its mount point, from the root.
    place: PathBuf,
    /// Its mount point, as people outside the root name it.
    point: PathBuf,
    kind: Text,
    is_worth_a_word: bool,
}

impl fmt::Display for LeftOutMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({})", shown(&self.point), self.kind)
    }
}

/// The mounts beneath a root that are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut(Vec<LeftOutMount>);

impl LeftOut {
    /// The mounts that are left out of a root, which is at that path, with no symlink in it, and on that device
    /// (`major:minor`). The root's own filesystem is not left out, whatever its type.
    #[must_use]
    pub fn beneath(root: &Path, device: &str, mountinfo: &[u8]) -> Self {
        let all: Vec<_> = mounts(mountinfo).collect();
        let tree = Tree::of(&all);
        let is_made_up = |mounted: &Mounted| is_one_of(&mounted.kind, &MADE_UP);
        let mut found: Vec<_> = all
            .iter()
            .filter(|mounted| is_served(&mounted.kind) && mounted.device != *device)
            .filter(|mounted| mounted.point != *root && !tree.is_hidden(mounted))
            .filter_map(|mounted| {
                Some(LeftOutMount {
                    place: mounted.point.strip_prefix(root).ok()?.to_owned(),
                    point: mounted.point.clone(),
                    kind: mounted.kind.clone(),
                    is_worth_a_word: !tree.way_up(mounted).any(is_made_up),
                })
            })
            .collect();
        found.sort_by(|a, b| a.place.cmp(&b.place));
        // A mount on one of them is not reached either.
        found.dedup_by(|later, first| later.place.starts_with(&first.place));
        Self(found)
    }

    /// Whether no mount is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether such a mount is at that path, which is from the root and has no symlink in it.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let path = path.strip_prefix("/").unwrap_or(path);
        let found = self.0.binary_search_by(|mount| (*mount.place).cmp(path));
        found.is_ok()
    }

    /// The mounts whose files a user may miss: not those that systemd mounts beneath `/proc`.
    pub fn worth_a_word(&self) -> impl Iterator<Item = &LeftOutMount> {
        self.0.iter().filter(|mount| mount.is_worth_a_word)
    }
}

fn is_served(kind: &Text) -> bool {
    kind.as_bytes().starts_with(b"fuse") && *kind != *"fusectl" || is_one_of(kind, &SERVED)
}

fn is_one_of(kind: &Text, kinds: &[&str]) -> bool {
    kinds.iter().any(|known| *kind == **known)
}

/// The tree of mounts: which is mounted on which.
struct Tree<'a> {
    by_id: HashMap<u64, &'a Mounted>,
    children: HashMap<u64, Vec<&'a Mounted>>,
}

impl<'a> Tree<'a> {
    fn of(all: &'a [Mounted]) -> Self {
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for mounted in all {
            children.entry(mounted.parent).or_default().push(mounted);
        }
        let by_id = all.iter().map(|mounted| (mounted.id, mounted)).collect();
        Self { by_id, children }
    }

    /// The mount that it is mounted on, the one below that, and so on. It ends, even if the list is a circle.
    fn way_up(&self, mounted: &'a Mounted) -> impl Iterator<Item = &'a Mounted> {
        let above = |below: &&Mounted| {
            let above = self.by_id.get(&below.parent).copied();
            above.filter(|above| above.id != below.id)
        };
        std::iter::successors(above(&mounted), above).take(self.by_id.len())
    }

    /// Whether another mount covers it, or a folder on the way to it.
    fn is_hidden(&self, mounted: &'a Mounted) -> bool {
        let mut next = mounted;
        let over = |on: &Mounted, point: &Path, way: u64| {
            let children = self.children.get(&on.id).into_iter().flatten();
            let mut others = children.filter(|other| other.id != way && other.id != on.id);
            others.any(|other| point.starts_with(&other.point))
        };
        if over(mounted, &mounted.point, mounted.id) {
            return true;
        }
        self.way_up(mounted).any(|above| {
            let hidden = over(above, &next.point, next.id);
            next = above;
            hidden
        })
    }
}

#[cfg(test)]
mod tests;
