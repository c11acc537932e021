//! What a list from elsewhere is worth to a package as it is installed.

use std::path::Path;

use crate::dpkg::PackageName;
use crate::format::imasigs::{Entry, FileEntries, List};
use crate::keys::held::{Authenticity, HeldKeys};
use crate::labelling::PackageFiles;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;
use crate::signatures::{Builder, ForgedList, Store, Verifying};

/// Orders the lists of several .debs for one package: a list that names few of the package's files, or other contents, keeps
/// the others from their labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth {
    /// The number of files with the very content and a signature that verifies.
    genuine: usize,
    /// The number of files with the very content and no such signature.
    unverified: usize,
}

impl Worth {
    /// The worth of a list to the package with those files. Control members do not count, as dpkg's are of the .deb that
    /// was installed.
    pub(super) fn of(
        list: &List,
        files: &PackageFiles<'_>,
        opener: &mut PathOpener<'_>,
        held: &HeldKeys,
    ) -> Self {
        let mut worth = Self::default();
        let is_file = |listed: &FileEntries<'_>| listed.first.path.control_member().is_none();
        for listed in list.files().filter(is_file) {
            let mut places = files.places(listed.first).into_iter();
            if !places.any(|place| holds(listed.first, &place.path, opener)) {
                continue;
            }
            let is_genuine = |entry: &Entry| {
                held.verify(&entry.signature, &entry.digest) == Authenticity::Genuine
            };
            match listed.iter().any(is_genuine) {
                true => worth.genuine += 1,
                false => worth.unverified += 1,
            }
        }
        worth
    }
}

/// Whether a file or control member of the package has the very content that the list says, or the list names none. Reads
/// no further than to the first.
pub(super) fn fits(list: &List, files: &PackageFiles<'_>, opener: &mut PathOpener<'_>) -> bool {
    let mut fits = |entry: &Entry| {
        let mut places = files.places(entry).into_iter();
        places.any(|place| holds(entry, &place.path, opener))
    };
    let mut files = list.files().map(|listed| listed.first);
    list.entries().is_empty() || files.any(&mut fits)
}

/// Whether the file at a path has the content of the entry. A file that cannot be read has not.
fn holds(entry: &Entry, path: &Path, opener: &mut PathOpener<'_>) -> bool {
    let mut compare = || {
        let Some((file, stat)) = opener.open_file(path)? else {
            return Ok(false);
        };
        let size = stat.st_size.unsigned_abs();
        let digest = || digest_of(&file, entry.digest.algorithm(), size);
        let same =
            size == entry.size && digest().map_err(SystemError::at("read", path))? == entry.digest;
        Ok::<_, SystemError>(same)
    };
    compare().unwrap_or_else(|error| {
        log::debug!("{error}");
        false
    })
}

/// The first signature of a list that fails under a key that is held.
pub(super) fn forged(list: &List, package: &PackageName, held: &HeldKeys) -> Option<ForgedList> {
    let mut builder = Builder::default();
    builder.add_list(package, Default::default(), list);
    let forged = builder.settle(&Store::default(), held, Verifying::All);
    forged.into_iter().next()
}
