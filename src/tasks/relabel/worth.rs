//! What a list is worth to a package as it is installed. Only asked where several .debs are to be had for it.

use std::io;

use crate::dpkg::{Diversions, PackageName};
use crate::format::imasigs::{Entry, List};
use crate::keys::held::{Authenticity, HeldKeys};
use crate::machine::content::digest_of;
use crate::machine::root::Root;
use crate::signatures::{Builder, ForgedList, Store, Verifying};

/// The more the better: a list that names few of the package's files, or other contents, keeps the others from their
/// labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth {
    /// Signatures that verify, of files with the very content.
    genuine: usize,
    /// Others of such files.
    unverified: usize,
}

impl Worth {
    /// Control members are the .deb's own, and not looked at.
    pub(super) fn of(
        list: &List,
        package: &PackageName,
        (root, diversions): (&Root, &Diversions),
        held: &HeldKeys,
    ) -> Self {
        let mut worth = Self::default();
        let files = list.entries().iter();
        for entry in files.filter(|entry| entry.path.control_member().is_none()) {
            let place = diversions.resolve(&entry.path, package);
            match is_there(entry, root, place.as_path()) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(error) => {
                    log::debug!("{error}");
                    continue;
                }
            }
            match held.verify(&entry.signature, &entry.digest) {
                Authenticity::Genuine => worth.genuine += 1,
                Authenticity::Unknown | Authenticity::Forged => worth.unverified += 1,
            }
        }
        worth
    }
}

fn is_there(entry: &Entry, root: &Root, place: &std::path::Path) -> io::Result<bool> {
    let Some(file) = root.open_file(place).map_err(io::Error::other)? else {
        return Ok(false);
    };
    let size = file.metadata()?.len();
    Ok(size == entry.size && digest_of(&file, entry.digest.algorithm(), size)? == entry.digest)
}

/// The first signature of a list that fails under a key that is held.
pub(super) fn forged(list: &List, package: &PackageName, held: &HeldKeys) -> Option<ForgedList> {
    let mut builder = Builder::default();
    builder.add_list(package, Default::default(), list);
    let forged = builder.settle(&Store::default(), held, Verifying::All);
    forged.into_iter().next()
}
