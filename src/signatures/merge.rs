//! Merges the segments of a store into one.

use std::collections::BTreeMap;

use super::segment_file::name_of;
use super::{Builder, Lock, Store};
use crate::dpkg::{PackageName, Stamp};
use crate::machine::error::SystemError;

/// More segments than this are merged into one: each costs a search at every event.
pub(super) const SEGMENTS_MAX: usize = 16;
/// How many lists of one package are kept when segments are merged: the one in force, and the one
/// before it, whose scripts a rolled back upgrade runs again.
const GENERATIONS: usize = 2;

impl Store {
    /// Whether there are so many segments on disk that they should be merged.
    #[must_use]
    pub fn wants_merging(&self) -> bool {
        let on_disk = self.segments.iter().filter(|(number, _)| number.is_some());
        on_disk.count() > SEGMENTS_MAX
    }

    /// Merges the segments on disk into one, without the lists of packages that are gone and all but
    /// the two newest lists of each. This store was opened under that lock.
    ///
    /// The merged segment takes the place of the last one, and the others are removed once it is on disk. So a reader
    /// without the lock finds all of the old segments, or the merged one, or sees that one is gone and reads anew; and
    /// a merge that is cut short leaves some signatures twice, and none out.
    ///
    /// # Errors
    /// If the merged segment cannot be written, then all is as it was; or if another cannot be removed.
    pub fn merge(
        &self,
        lock: &Lock,
        keep: impl Fn(&PackageName) -> bool,
    ) -> Result<(), SystemError> {
        let kept = self.newest_lists(keep);
        let mut builder = Builder::default();
        for (package, stamps) in &kept {
            let stamps = stamps.iter();
            stamps.for_each(|stamp| builder.add_name(package, *stamp));
        }
        let segments = self.segments.iter();
        let on_disk = segments.filter_map(|(number, segment)| Some(((*number)?, segment)));
        for (size, digest, found) in on_disk.clone().flat_map(|(_, segment)| segment.all()) {
            let stamps = kept.get(&found.package);
            if stamps.is_some_and(|stamps| stamps.contains(&found.stamp)) {
                builder.add(size, digest, &found);
            }
        }
        let mut merged: Vec<u64> = on_disk.map(|(number, _)| number).collect();
        let Some(last) = merged.pop() else {
            return self.save(lock, &builder.build());
        };
        lock.folder().replace(&name_of(last), &builder.build())?;
        let mut others = merged.into_iter();
        others.try_for_each(|number| lock.folder().remove(&name_of(number)))
    }

    fn newest_lists(
        &self,
        keep: impl Fn(&PackageName) -> bool,
    ) -> BTreeMap<PackageName, Vec<Stamp>> {
        let mut newest: BTreeMap<PackageName, Vec<Stamp>> = BTreeMap::new();
        let segments = self.segments.iter();
        for (package, stamp) in segments.flat_map(|(_, segment)| segment.lists()) {
            newest.entry(package.clone()).or_default().push(*stamp);
        }
        newest.retain(|package, _| keep(package));
        for stamps in newest.values_mut() {
            stamps.sort();
            stamps.dedup();
            stamps.drain(..stamps.len().saturating_sub(GENERATIONS));
        }
        newest
    }
}
