//! Announces the .debs that apt is about to unpack: reads their signature lists, hands the signatures to the guard, and finds
//! the packages that this machine will not be able to check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::contents::control_of;
use crate::dpkg::{PackageName, Stamp};
use crate::format::deb::DebError;
use crate::format::ima::KeyId;
use crate::format::imasigs::List;
use crate::format::text::Text;
use crate::format::tree::ListName;
use crate::guard::{Request, request};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Announced, Builder, Lock, Store, StoreError, Verifying};
use crate::tasks::fetch::Lacking;

/// Why this machine will not be able to check a package. Printed, it ends a sentence that begins with the package.
#[derive(Debug, thiserror::Error)]
pub enum Uncheckable {
    /// The package has no signature list.
    #[error("is unsigned")]
    Unsigned,
    /// The package has no signature list, and none could be fetched.
    #[error("is unsigned, and {0}")]
    NoList(Lacking),
    /// It has files that only keys which are not held have signed.
    #[error("is signed by key {}, which this machine does not hold", ids(.0))]
    UnknownKey(BTreeSet<KeyId>),
    /// It has signatures that do not verify under the held keys that they name.
    #[error("carries a signature that does not verify under key {}: forged or damaged", ids(.0))]
    Forged(BTreeSet<KeyId>),
    /// The package or its list is not well-formed, or cannot be read.
    #[error("cannot be used: {0}")]
    Malformed(#[from] DebError),
}

/// A .deb that cannot be checked.
#[derive(Debug)]
pub struct Unchecked {
    /// Its package, or the name of its file if it cannot be read.
    pub package: Text,
    /// The reason.
    pub why: Uncheckable,
    /// If it has no list: by which name sources may have one.
    pub list: Option<Box<ListName>>,
}

impl Unchecked {
    const fn new(package: Text, why: Uncheckable) -> Self {
        let list = None;
        Self { package, why, list }
    }
}

/// The signatures of the .debs of one apt run.
#[derive(Debug, Default)]
pub struct Announcement {
    builder: Builder,
}

impl Announcement {
    /// Takes in the list of a .deb. Even if it returns an error, other .debs may be added.
    ///
    /// # Errors
    /// If the package cannot be checked.
    pub fn add(&mut self, deb: &Path, held: &HeldKeys) -> Result<(), Unchecked> {
        let file_name = || {
            let name = deb.file_name().unwrap_or_default();
            Text::from(name.as_encoded_bytes())
        };
        let control = control_of(deb).map_err(|error| Unchecked::new(file_name(), error.into()))?;
        let name = control.field("Package").unwrap_or_else(file_name);
        let list = control
            .list()
            .map_err(|error| Unchecked::new(name.clone(), error.into()))?;
        let list = list.ok_or_else(|| Unchecked {
            package: name.clone(),
            why: Uncheckable::Unsigned,
            list: ListName::of(&control).ok().map(Box::new),
        })?;
        let package = name.plain().and_then(PackageName::new);
        let added = self.add_list(package.as_ref(), &list, held);
        added.map_err(|why| Unchecked::new(name, why))
    }

    /// Takes in a list that was fetched for a .deb without one, or that is in it.
    ///
    /// # Errors
    /// Why the package cannot be checked.
    pub fn add_list(
        &mut self,
        package: Option<&PackageName>,
        list: &List,
        held: &HeldKeys,
    ) -> Result<(), Uncheckable> {
        if let Some(package) = package {
            self.builder.add_list(package, now(), list);
        }
        let unknown = unknown_keys(list, held);
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(Uncheckable::UnknownKey(unknown)),
        }
    }

    /// Verifies every signature of the .debs, and drops those that are forged, so that the guard does not get them. Returns
    /// each package that had some.
    pub fn verify(&mut self, held: &HeldKeys) -> Vec<(PackageName, Uncheckable)> {
        let mut forged: BTreeMap<PackageName, BTreeSet<KeyId>> = BTreeMap::new();
        for list in self.builder.settle(&Store::default(), held, Verifying::All) {
            log::info!("{list}");
            forged.entry(list.package).or_default().insert(list.key);
        }
        let forged = forged.into_iter();
        forged
            .map(|(package, keys)| (package, Uncheckable::Forged(keys)))
            .collect()
    }

    /// Hands the signatures to the guard, if one runs, in a file of the state folder.
    ///
    /// # Errors
    /// If that fails. The guard then reads each list when dpkg has unpacked it.
    pub fn tell_guard(self, root: &Root) -> Result<(), StoreError> {
        if self.builder.is_empty() {
            return Ok(());
        }
        let lock = Lock::take(root)?;
        let name = Announced::save(&lock, &self.builder.build())?;
        let told = request(&Request::Announce(name.clone()));
        if !matches!(told, Ok(true)) {
            lock.folder().remove(&name)?;
        }
        told.map(drop).map_err(|error| {
            let socket = Path::new("/run/dpkg-ima/socket");
            SystemError::at("tell the guard at", socket)(error).into()
        })
    }
}

/// The keys of the files for which the list has no signature by a key that is held.
fn unknown_keys(list: &List, held: &HeldKeys) -> BTreeSet<KeyId> {
    let keys = list.files().flat_map(|file| {
        let keys = file.iter().map(|entry| entry.signature.key_id);
        let is_checked = keys.clone().any(|key| held.holds(key));
        keys.filter(move |_| !is_checked)
    });
    keys.collect()
}

fn ids(keys: &BTreeSet<KeyId>) -> String {
    let ids: Vec<String> = keys.iter().map(ToString::to_string).collect();
    ids.join(" and ")
}

/// The stamp of the lists: later than that of any installed one.
fn now() -> Stamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Stamp {
        seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        ..Stamp::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::imasigs::{Entry, sample};
    use crate::keys::held::sample::{CONTENT, SampleKey, digest, genuine, held, strange};

    #[test]
    fn a_key_that_is_not_held_counts_where_no_other_has_signed() {
        let entry = |path, signature| Entry {
            signature,
            digest: digest(),
            ..sample::entry(path, CONTENT, 1)
        };
        let both = [
            entry("x", genuine(SampleKey::A)),
            entry("x", strange(1)),
            entry("y", genuine(SampleKey::B)),
        ];
        let stranger = strange(1).key_id;
        for (more, unknown) in [
            (None, vec![]),
            (Some(entry("y", strange(1))), vec![]),
            (Some(entry("z", strange(1))), vec![stranger]),
        ] {
            let list = List::new(both.iter().cloned().chain(more).collect());
            let found: Vec<_> = unknown_keys(&list, &held()).into_iter().collect();
            assert_eq!(found, unknown);
        }
    }
}
