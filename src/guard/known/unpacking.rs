//! The lists of packages that dpkg is unpacking, until the store has them.
//!
//! dpkg renames a package's files to their final names first, and moves its list to `info` afterwards. A sweep
//! between the two may remove the list from the store. So a list is kept here until the store has that very list as
//! an installed package's. A list whose package could not be unpacked, or that belongs to another root, is kept until
//! the guard ends.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

use nix::sys::stat::FileStat;

use crate::dpkg::Stamp;
use crate::signatures::{Builder, Segment, Store};

/// The most signatures that are kept, about 150 MiB; beyond that the oldest lists are dropped.
const RECORDS_MAX: usize = 200_000;

/// Identifies the file that a list was read from. dpkg moves it by rename: its inode and length stay, and its change
/// time does not go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    device: u64,
    /// As of when the list was read.
    pub(super) stamp: Stamp,
}

impl From<&FileStat> for Origin {
    fn from(status: &FileStat) -> Self {
        Self {
            device: status.st_dev,
            stamp: Stamp::from(status),
        }
    }
}

/// One or more lists in one segment.
#[derive(Debug)]
struct Part {
    origins: Vec<Origin>,
    segment: Arc<Segment>,
}

impl Part {
    fn of(origins: Vec<Origin>, builder: Builder) -> Self {
        let segment = Segment::from_bytes(builder.build()).expect("what we build we can read");
        let segment = Arc::new(segment);
        Self { origins, segment }
    }

    /// Copies the signatures of all lists but those.
    fn copy_to(&self, builder: &mut Builder, without: &[Origin]) {
        for (size, digest, found) in self.segment.all() {
            if !without.iter().any(|origin| origin.stamp == found.stamp) {
                builder.add(size, digest, &found);
            }
        }
    }
}

/// All lists, in segments of decreasing size: the last two are merged while the first of them is at most twice as
/// large, so that few segments are searched and a list is copied rarely.
#[derive(Debug, Default)]
pub(super) struct Unpacking {
    /// The oldest first.
    parts: VecDeque<Part>,
}

impl Unpacking {
    pub(super) fn segments(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.parts.iter().map(|part| &part.segment)
    }

    pub(super) fn has(&self, origin: Origin) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.origins.contains(&origin))
    }

    pub(super) fn add(&mut self, origin: Origin, list: Builder) {
        self.parts.push_back(Part::of(vec![origin], list));
        while let Some(merged) = self.merge_last_two() {
            self.parts.truncate(self.parts.len() - 2);
            self.parts.push_back(merged);
        }
        self.limit(RECORDS_MAX);
    }

    /// `None` if there are no two parts, or the first is much larger.
    fn merge_last_two(&self) -> Option<Part> {
        let last = self.parts.back()?;
        let before = self.parts.get(self.parts.len().checked_sub(2)?)?;
        if before.segment.len() > 2 * last.segment.len() {
            return None;
        }
        let origins = [&before.origins[..], &last.origins].concat();
        let mut builder = Builder::default();
        [before, last]
            .iter()
            .for_each(|part| part.copy_to(&mut builder, &[]));
        Some(Part::of(origins, builder))
    }

    fn limit(&mut self, records: usize) {
        while self.parts.len() > 1 && self.len() > records {
            log::warn!("too many signatures of packages being unpacked: the oldest are forgotten");
            self.parts.pop_front();
        }
    }

    fn len(&self) -> usize {
        self.segments().map(|segment| segment.len()).sum()
    }

    /// Drops the lists that the store has by now. The store was made of the lists on `device`; `None` if that is
    /// unknown.
    pub(super) fn forget_installed(&mut self, store: &Store, device: Option<u64>) {
        let mut installed: HashMap<(u64, u64), Stamp> = HashMap::new();
        for (package, stamp) in store.lists() {
            if !package.is_unpacking() {
                let known = installed.entry((stamp.inode, stamp.size)).or_insert(stamp);
                *known = stamp.max(*known);
            }
        }
        self.retain(|Origin { device: on, stamp }| {
            let moved = installed.get(&(stamp.inode, stamp.size));
            device != Some(*on) || moved.is_none_or(|moved| moved < stamp)
        });
    }

    fn retain(&mut self, keep: impl Fn(&Origin) -> bool) {
        for part in &mut self.parts {
            let (origins, gone): (Vec<_>, Vec<_>) = part.origins.iter().partition(|at| keep(at));
            if !gone.is_empty() {
                let mut builder = Builder::default();
                part.copy_to(&mut builder, &gone);
                *part = Part::of(origins, builder);
            }
        }
        self.parts.retain(|part| !part.origins.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::PackageName;
    use crate::format::ima::{Digest, HashAlgorithm};
    use crate::format::imasigs::List;
    use crate::format::imasigs::sample::entry;

    const HERE: u64 = 7;

    fn list(contents: &[&str]) -> List {
        let entry = |content: &&str| entry(content, content.as_bytes(), 1);
        List::new(contents.iter().map(entry).collect())
    }

    fn add(unpacking: &mut Unpacking, origin: Origin, contents: &[&str]) {
        let mut builder = Builder::default();
        builder.add_list(&PackageName::unpacking(), origin.stamp, &list(contents));
        unpacking.add(origin, builder);
    }

    const fn origin(inode: u64, seconds: i64) -> Origin {
        let stamp = Stamp {
            seconds,
            nanoseconds: 0,
            inode,
            size: 100,
        };
        Origin {
            device: HERE,
            stamp,
        }
    }

    /// The store of a machine where that list is installed.
    fn store(package: &str, stamp: Stamp) -> Store {
        let package = match package {
            "tmp.ci" => PackageName::unpacking(),
            package => PackageName::new(package).unwrap(),
        };
        let mut builder = Builder::default();
        builder.add_list(&package, stamp, &list(&["content"]));
        let mut store = Store::default();
        store.push(Arc::new(Segment::from_bytes(builder.build()).unwrap()));
        store
    }

    fn knows(unpacking: &Unpacking, content: &str) -> bool {
        let digest = Digest::of(HashAlgorithm::Sha256, content.as_bytes());
        let size = content.len() as u64;
        let mut segments = unpacking.segments();
        segments.any(|segment| segment.signatures_of(size, &digest).count() == 1)
    }

    #[test]
    fn a_list_is_forgotten_once_it_is_installed_and_no_sooner() {
        let newer = Stamp {
            seconds: 20,
            ..origin(5, 10).stamp
        };
        for (package, stamp, device, kept) in [
            ("p", newer, Some(HERE), false),
            ("p", origin(5, 10).stamp, Some(HERE), false),
            ("tmp.ci", origin(5, 10).stamp, Some(HERE), true),
            ("p", newer, Some(HERE + 1), true),
            ("p", newer, None, true),
            ("p", origin(5, 9).stamp, Some(HERE), true),
            ("p", origin(6, 20).stamp, Some(HERE), true),
            ("p", Stamp { size: 101, ..newer }, Some(HERE), true),
        ] {
            let mut unpacking = Unpacking::default();
            add(&mut unpacking, origin(5, 10), &["content"]);
            unpacking.forget_installed(&store(package, stamp), device);
            let case = format!("{package} {stamp:?} {device:?}");
            assert_eq!(knows(&unpacking, "content"), kept, "{case}");
            assert_eq!(unpacking.has(origin(5, 10)), kept, "{case}");
        }
    }

    #[test]
    fn of_many_lists_the_one_that_is_installed_is_forgotten() {
        let mut unpacking = Unpacking::default();
        let contents: Vec<_> = (0..100).map(|number| format!("content {number}")).collect();
        for (inode, content) in (0..).zip(&contents) {
            add(&mut unpacking, origin(inode, 10), &[content, "shared"]);
        }
        assert!(unpacking.parts.len() <= 8, "searches are short");
        unpacking.forget_installed(&store("p", origin(42, 10).stamp), Some(HERE));
        for (inode, content) in (0..).zip(&contents) {
            assert_eq!(knows(&unpacking, content), inode != 42, "{content}");
            assert_eq!(unpacking.has(origin(inode, 10)), inode != 42);
        }
        assert_eq!(unpacking.len(), 2 * 99);
    }

    #[test]
    fn a_list_without_entries_is_one() {
        let mut unpacking = Unpacking::default();
        add(&mut unpacking, origin(1, 10), &[]);
        add(&mut unpacking, origin(2, 10), &["content"]);
        assert!(unpacking.has(origin(1, 10)) && knows(&unpacking, "content"));
    }

    #[test]
    fn past_the_limit_the_oldest_go() {
        let mut unpacking = Unpacking::default();
        add(
            &mut unpacking,
            origin(1, 10),
            &["a", "b", "c", "d", "e", "f", "g"],
        );
        add(&mut unpacking, origin(2, 11), &["x", "y"]);
        unpacking.limit(9);
        assert!(unpacking.has(origin(1, 10)));
        unpacking.limit(8);
        assert!(!unpacking.has(origin(1, 10)) && unpacking.has(origin(2, 11)));
        unpacking.limit(1);
        assert!(unpacking.has(origin(2, 11)), "the last one stays");
    }
}
