//! The packages that have the programs which no signature list names.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rayon::prelude::*;

use super::programs::UnlistedPrograms;
use super::report::Reporter;
use crate::dpkg::{Database, PackageName};
use crate::labelling::Placement;
use crate::machine::error::SystemError;
use crate::machine::walk::Identity;

/// The number of file lists that are searched before their finds are noted.
const AT_A_TIME: usize = 64;

/// The packages that dpkg knows, sorted.
pub(super) struct Owners(Vec<PackageName>);

impl Owners {
    /// Reads every file list of dpkg's once, and gives the programs their owners.
    ///
    /// A path in a file list is found on the disk as dpkg would find it, and the files there are compared, not the paths:
    /// merged /usr and diversions need no rules of their own.
    pub(super) fn find(
        placement: &Placement<'_>,
        programs: &mut UnlistedPrograms,
        reporter: &mut Reporter<'_>,
    ) -> Result<Self, SystemError> {
        let packages = Database::new(placement.root).packages()?;
        let names = Names::of(programs.paths());
        for (first, some) in (0..).step_by(AT_A_TIME).zip(packages.chunks(AT_A_TIME)) {
            let search = FileSearch {
                placement,
                names: &names,
                programs,
            };
            let found: Vec<_> = some
                .par_iter()
                .map(|package| search.files_of(package))
                .collect();
            for (owner, found) in (first..).zip(found) {
                match found {
                    Ok(files) => files
                        .into_iter()
                        .for_each(|file| programs.give(file, owner)),
                    Err(error) => reporter.trouble(error),
                }
            }
        }
        Ok(Self(packages))
    }

    /// The package of that number; for a control member in dpkg's `info` folder, the package that its name says.
    pub(super) fn of(&self, owner: Option<u32>, path: &[u8]) -> Option<&PackageName> {
        if let Some(owner) = owner {
            return self.0.get(owner as usize);
        }
        let package = Database::owner_of_member(Path::new(OsStr::from_bytes(path)))?;
        let at = self.0.binary_search(&package).ok()?;
        self.0.get(at)
    }
}

struct FileSearch<'a> {
    placement: &'a Placement<'a>,
    names: &'a Names,
    programs: &'a UnlistedPrograms,
}

impl FileSearch<'_> {
    /// The programs that the package has.
    fn files_of(&self, package: &PackageName) -> Result<Vec<Identity>, SystemError> {
        let mut files = Vec::new();
        Database::new(self.placement.root).visit_paths(package, |path| {
            let place = self.placement.diversions.resolve(&path, package);
            if self.names.may_have(place.as_path()) {
                files.extend(self.identity(place.as_path()));
            }
        })?;
        Ok(files)
    }

    /// The file at a place, if it is one of the programs.
    fn identity(&self, place: &Path) -> Option<Identity> {
        let file = self.placement.root.open_file(place).ok()??;
        let identity = Identity::from(&file.metadata().ok()?);
        self.programs.contains(identity).then_some(identity)
    }
}

/// The last components of the programs' paths, as hashes. A path of a file list that ends otherwise need not be opened.
struct Names {
    /// Sorted.
    hashes: Vec<u64>,
    state: RandomState,
}

impl Names {
    fn of<'a>(paths: impl Iterator<Item = &'a Path>) -> Self {
        let state = RandomState::new();
        let mut hashes: Vec<_> = paths.map(|path| state.hash_one(path.file_name())).collect();
        hashes.sort_unstable();
        Self { hashes, state }
    }

    /// False only if none of the paths ends so.
    fn may_have(&self, path: &Path) -> bool {
        let hash = self.state.hash_one(path.file_name());
        self.hashes.binary_search(&hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_their_folders() {
        let paths = ["/usr/bin/sh", "/usr/bin/a b\n"].map(Path::new);
        let names = Names::of(paths.into_iter());
        assert!(names.may_have(Path::new("bin/sh")));
        assert!(names.may_have(Path::new("opt/a b\n")));
        assert!(!names.may_have(Path::new("usr/bin")));
        assert!(!names.may_have(Path::new("sh/x")));
    }

    #[test]
    fn control_members_are_their_packages() {
        let packages = ["bash", "libc6:amd64"].map(|name| PackageName::new(name).unwrap());
        let owners = Owners(packages.to_vec());
        for (owner, path, package) in [
            (Some(1), "/usr/bin/x", Some("libc6:amd64")),
            (None, "/usr/bin/x", None),
            (None, "/var/lib/dpkg/info/bash.postinst", Some("bash")),
            (
                None,
                "/var/lib/dpkg/info/libc6:amd64.postinst",
                Some("libc6:amd64"),
            ),
            (None, "/var/lib/dpkg/info/none.postinst", None),
            (None, "/var/lib/dpkg/info/postinst", None),
        ] {
            let found = owners.of(owner, path.as_bytes());
            assert_eq!(found.map(PackageName::as_str), package, "{path}");
        }
    }
}
