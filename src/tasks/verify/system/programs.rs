//! Executable files that no list names, and the numbers of their owners.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::report::{Advance, Reporter};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::{Identities, Identity, walk};

/// The files. Their paths lie back to back: on a machine without any signature there are very many.
#[derive(Default)]
pub(super) struct UnlistedPrograms {
    paths: Vec<u8>,
    programs: Vec<UnlistedProgram>,
}

#[derive(Clone, Copy)]
pub(super) struct UnlistedProgram {
    identity: Identity,
    /// Where its path begins.
    at: usize,
    path_len: u32,
    /// The number of its package among [`Owners`](super::owners::Owners).
    pub(super) owner: Option<u32>,
}

impl UnlistedPrograms {
    /// Walks the disk for executable files with other identities than the ones that lists name.
    pub(super) fn find(
        root: &Root,
        named: &Identities,
        reporter: &mut Reporter<'_>,
    ) -> Result<Self, SystemError> {
        let found = Mutex::new(Self::default());
        let progress = reporter.progress;
        let errors = walk(root, |met| {
            progress(Advance::Done(1));
            let identity = met.identity();
            if !named.contains(identity) && met.is_executable()? {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.add(identity, met.path().as_os_str().as_bytes());
            }
            Ok(())
        })?;
        for error in errors {
            reporter.trouble(error);
        }
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort();
        Ok(found)
    }

    /// Those files, each with a path.
    pub(super) fn of<'a>(files: impl Iterator<Item = (Identity, &'a Path)>) -> Self {
        let mut programs = Self::default();
        files.for_each(|(identity, path)| programs.add(identity, path.as_os_str().as_bytes()));
        programs.sort();
        programs
    }

    fn sort(&mut self) {
        self.programs
            .sort_unstable_by_key(|program| program.identity);
    }

    fn add(&mut self, identity: Identity, path: &[u8]) {
        // A path of 4 GiB cannot be: folders are not walked that deep.
        let path_len = u32::try_from(path.len()).unwrap_or_default();
        self.programs.push(UnlistedProgram {
            identity,
            at: self.paths.len(),
            path_len,
            owner: None,
        });
        self.paths.extend(path);
    }

    pub(super) fn path(&self, program: &UnlistedProgram) -> &Path {
        let path = &self.paths[program.at..][..program.path_len as usize];
        Path::new(OsStr::from_bytes(path))
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.programs.iter().map(|program| self.path(program))
    }

    fn range(&self, identity: Identity) -> std::ops::Range<usize> {
        let start = self
            .programs
            .partition_point(|program| program.identity < identity);
        let rest = &self.programs[start..];
        start..start + rest.partition_point(|program| program.identity == identity)
    }

    pub(super) fn contains(&self, identity: Identity) -> bool {
        !self.range(identity).is_empty()
    }

    /// The programs, sorted by path.
    pub(super) fn by_path(&self) -> Vec<UnlistedProgram> {
        let mut programs = self.programs.clone();
        programs.sort_unstable_by(|a, b| {
            let path = |program| self.path(program).as_os_str();
            path(a).cmp(path(b))
        });
        programs
    }

    /// The number of the package that has the file, if one was given.
    pub(super) fn owner_of(&self, identity: Identity) -> Option<u32> {
        self.programs.get(self.range(identity).start)?.owner
    }

    /// Gives a file an owner, under all its names. The first owner stays.
    pub(super) fn give(&mut self, identity: Identity, owner: u32) {
        let range = self.range(identity);
        for program in &mut self.programs[range] {
            program.owner.get_or_insert(owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_of_a_file_have_its_first_owner() {
        let file = |inode| Identity { device: 1, inode };
        let mut unlisted = UnlistedPrograms::default();
        for (inode, path) in [(2, "/b"), (3, "/c"), (5, "/e"), (3, "/hard/link")] {
            unlisted.add(file(inode), path.as_bytes());
        }
        unlisted.sort();
        unlisted.give(file(3), 7);
        unlisted.give(file(3), 8);
        unlisted.give(file(4), 9);
        let mut owned: Vec<_> = unlisted
            .programs
            .iter()
            .map(|program| (unlisted.path(program), program.owner))
            .collect();
        owned.sort();
        let expected = [
            (Path::new("/b"), None),
            (Path::new("/c"), Some(7)),
            (Path::new("/e"), None),
            (Path::new("/hard/link"), Some(7)),
        ];
        assert_eq!(owned, expected);
        assert!(unlisted.contains(file(5)));
        assert!(!unlisted.contains(file(4)));
    }
}
