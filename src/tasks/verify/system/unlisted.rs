//! Executable files that no list names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::owners::Owners;
use super::{BATCH, Hearer, Progress, SystemFinding};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::{Identities, Identity, walk};
use crate::tasks::target::TargetError;
use crate::tasks::verify::installed::Disk;
use crate::tasks::verify::{Finding, verify_file};

/// The files, their paths back to back: on a machine without any signature there are very many.
#[derive(Default)]
pub(super) struct Unlisted {
    paths: Vec<u8>,
    files: Vec<File>,
}

/// One of them.
#[derive(Clone, Copy)]
struct File {
    identity: Identity,
    /// Where its path begins.
    at: usize,
    path_len: u32,
    /// Its package, among [`Owners`].
    owner: Option<u32>,
}

impl Unlisted {
    /// Walks the disk for those with other identities than the ones that lists name.
    pub(super) fn find(
        root: &Root,
        named: &Identities,
        hearer: &mut Hearer<'_>,
    ) -> Result<Self, SystemError> {
        let found = Mutex::new(Self::default());
        let progress = hearer.progress;
        let errors = walk(root, |met| {
            progress(Progress::Done(1));
            let identity = met.identity();
            if !named.contains(identity) && met.is_executable()? {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.add(identity, met.path().as_os_str().as_bytes());
            }
            Ok(())
        })?;
        for error in errors {
            hearer.trouble(error);
        }
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.files.sort_unstable_by_key(|file| file.identity);
        Ok(found)
    }

    fn add(&mut self, identity: Identity, path: &[u8]) {
        // A path of 4 GiB cannot be: folders are not walked that deep.
        let path_len = u32::try_from(path.len()).unwrap_or_default();
        self.files.push(File {
            identity,
            at: self.paths.len(),
            path_len,
            owner: None,
        });
        self.paths.extend(path);
    }

    fn path(&self, file: &File) -> &[u8] {
        &self.paths[file.at..][..file.path_len as usize]
    }

    /// Their paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.files.iter().map(|file| self.path(file))
    }

    fn range(&self, identity: Identity) -> std::ops::Range<usize> {
        let start = self.files.partition_point(|file| file.identity < identity);
        let rest = &self.files[start..];
        start..start + rest.partition_point(|file| file.identity == identity)
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, identity: Identity) -> bool {
        !self.range(identity).is_empty()
    }

    /// Gives a file an owner, under all its names. The first owner stays.
    pub(super) fn give(&mut self, identity: Identity, owner: u32) {
        let range = self.range(identity);
        for file in &mut self.files[range] {
            file.owner.get_or_insert(owner);
        }
    }

    /// Tells the verdict on each, by path.
    pub(super) fn verify(mut self, disk: &Disk<'_>, owners: &Owners, hearer: &mut Hearer<'_>) {
        let count = self.files.len() as u64;
        (hearer.progress)(Progress::Stage("other programs", count));
        let mut files = std::mem::take(&mut self.files);
        files.sort_unstable_by(|a, b| self.path(a).cmp(self.path(b)));
        for batch in files.chunks(BATCH) {
            let progress = hearer.progress;
            let verify = |file: &File| {
                let path = Path::new(OsStr::from_bytes(self.path(file)));
                let verified = verify_file(disk.root, path, disk.trust);
                progress(Progress::Done(1));
                verified
            };
            let verified: Vec<_> = batch.par_iter().map(verify).collect();
            for (file, verified) in batch.iter().zip(verified) {
                tell(file, verified, owners, hearer);
            }
            if hearer.has_left {
                return;
            }
        }
    }
}

fn tell(
    file: &File,
    verified: Result<Finding, TargetError>,
    owners: &Owners,
    hearer: &mut Hearer<'_>,
) {
    match verified {
        Ok(finding) => hearer.found(SystemFinding {
            package: owners.of(file.owner, &finding.path),
            finding: &finding,
            is_listed: false,
        }),
        // Gone in the meantime.
        Err(TargetError::NoFile) => {}
        Err(error) => hearer.trouble(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_of_a_file_have_its_first_owner() {
        let file = |inode| Identity { device: 1, inode };
        let mut unlisted = Unlisted::default();
        for (inode, path) in [(2, "/b"), (3, "/c"), (5, "/e"), (3, "/hard/link")] {
            unlisted.add(file(inode), path.as_bytes());
        }
        unlisted.files.sort_unstable_by_key(|file| file.identity);
        unlisted.give(file(3), 7);
        unlisted.give(file(3), 8);
        unlisted.give(file(4), 9);
        let mut owned: Vec<_> = unlisted
            .files
            .iter()
            .map(|file| (unlisted.path(file), file.owner))
            .collect();
        owned.sort();
        let expected: [(&[u8], _); 4] = [
            (b"/b", None),
            (b"/c", Some(7)),
            (b"/e", None),
            (b"/hard/link", Some(7)),
        ];
        assert_eq!(owned, expected);
        assert!(unlisted.contains(file(5)));
        assert!(!unlisted.contains(file(4)));
    }
}
