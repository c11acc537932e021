//! Lists that packages brought, signed anew by another key: of them too sources may have newer ones.
//!
//! SECURITY: such a list takes the place of the one that dpkg keeps only if it names the same contents, each with a signature
//! that verifies under a key that is held, and none that is forged. A source can exchange a key that way, and nothing else.

use crate::dpkg::{Database, DatabaseLock, LockError, PackageName};
use crate::format::ima::Digest;
use crate::format::imasigs::{Entry, FileEntries, List, MEMBER};
use crate::format::package_path::PackagePath;
use crate::keys::held::{Authenticity, HeldKeys};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// What came of such lists.
#[derive(Debug, Default)]
pub(super) struct Renewed {
    /// How many took the place of one that a package brought.
    pub(super) count: usize,
    /// Packages whose lists stay, as the other is not the same signed anew.
    pub(super) refused: Vec<PackageName>,
}

/// Why such a list could not be put in its place.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// It could not be written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// dpkg's database is in use.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// Puts those of the lists that a source has for packages which brought one where dpkg keeps them. Afterwards dpkg treats
/// them as its own: it replaces them with the packages. A list that is as it was stays untouched.
///
/// # Errors
/// If dpkg is running, or a list cannot be written: each is as it was, or new and whole.
pub(super) fn renew(
    root: &Root,
    found: Vec<(PackageName, List)>,
    held: &HeldKeys,
) -> Result<Renewed, RenewError> {
    let (mut lock, mut renewed) = (None, Renewed::default());
    for (package, list) in found {
        let database = Database::new(root);
        let Ok(Some((brought, _))) = database.list(&package) else {
            continue; // `verify` and `relabel` name a list that is not well-formed.
        };
        if list == brought {
            continue;
        }
        if !is_signed_anew(&list, &brought, held) {
            renewed.refused.push(package);
            continue;
        }
        if lock.is_none() {
            lock = DatabaseLock::take(root)?;
        }
        // dpkg may have put another version in place before.
        let now = database.list(&package);
        if !now.is_ok_and(|now| now.is_some_and(|(now, _)| now == brought)) {
            renewed.refused.push(package);
            continue;
        }
        let mut bytes = Vec::new();
        list.write_to(&mut bytes).unwrap_or_default();
        database.add_member(&package, MEMBER, &bytes)?;
        renewed.count += 1;
    }
    Ok(renewed)
}

/// Whether it names the same contents, each by a key that is held. Beside that it may have a signature by one that is not,
/// since the key may be about to be exchanged.
fn is_signed_anew(list: &List, brought: &List, held: &HeldKeys) -> bool {
    let check = |entry: &Entry| held.verify(&entry.signature, &entry.digest);
    list.files().map(content).eq(brought.files().map(content))
        && list.files().all(|file| {
            let checks: Vec<_> = file.iter().map(check).collect();
            checks.contains(&Authenticity::Genuine) && !checks.contains(&Authenticity::Forged)
        })
}

const fn content(file: FileEntries<'_>) -> (&PackagePath, u64, Digest) {
    (&file.first.path, file.first.size, file.first.digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::imasigs::{Entry, sample};
    use crate::keys::held::sample::{CONTENT, SampleKey, digest, forged, genuine, held, strange};

    #[test]
    fn only_the_same_contents_by_held_keys() {
        let entry = |signature| Entry {
            signature,
            digest: digest(),
            ..sample::entry("x", CONTENT, 1)
        };
        let list = |entry| List::new(vec![entry]);
        let old = list(entry(genuine(SampleKey::A)));
        let told = |new: &List| is_signed_anew(new, &old, &held());
        assert!(told(&list(entry(genuine(SampleKey::B)))));
        assert!(!told(&list(entry(forged(SampleKey::B, 1)))));
        assert!(!told(&list(entry(strange(1)))));
        let larger = Entry {
            size: 7,
            ..entry(genuine(SampleKey::B))
        };
        assert!(!told(&list(larger)));
        assert!(!told(&List::default()));
        let both = |other| {
            let entries = [genuine(SampleKey::B), other].map(entry);
            List::new(entries.to_vec())
        };
        assert!(told(&both(genuine(SampleKey::A))));
        assert!(told(&both(strange(1))), "of a key that is still to come");
        assert!(!told(&both(forged(SampleKey::A, 1))));
        let more = Entry {
            path: sample::entry("y", CONTENT, 1).path,
            ..entry(genuine(SampleKey::A))
        };
        let more = List::new(vec![entry(genuine(SampleKey::A)), more]);
        assert!(!told(&more), "another file");
    }
}
