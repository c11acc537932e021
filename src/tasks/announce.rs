//! Before apt unpacks anything: reads the signature lists of the .debs that it is about to unpack, tells
//! the guard, and judges which packages this machine will not be able to check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::contents::control_of;
use crate::dpkg::{PackageName, Stamp};
use crate::format::deb::DebError;
use crate::format::ima::KeyId;
use crate::format::imasigs::List;
use crate::format::text::Text;
use crate::guard::{Request, request};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::{Announced, Builder, Lock, Store, StoreError, Verifying};

/// Why a machine will not be able to check a package. Prints as a sentence's end: "is unsigned".
#[derive(Debug, thiserror::Error)]
pub enum Concern {
    /// It carries no signature list.
    #[error("is unsigned")]
    Unsigned,
    /// Signed by keys that the machine does not hold.
    #[error("is signed by key {}, which this machine does not hold", ids(.0))]
    UnknownKey(BTreeSet<KeyId>),
    /// The machine holds the keys that its signatures name, and they did not make them.
    #[error("carries a signature that does not verify under key {}: forged or damaged", ids(.0))]
    Forged(BTreeSet<KeyId>),
    /// It, or its list, is not well-formed or cannot be read.
    #[error("cannot be used: {0}")]
    Malformed(#[from] DebError),
}

/// The signatures of some .debs.
#[derive(Debug, Default)]
pub struct Announcement {
    builder: Builder,
}

impl Announcement {
    /// Reads the list of a .deb. What is concerning is returned, and is no reason to stop.
    ///
    /// # Errors
    /// A [`Concern`], with the package's name as far as that is known.
    pub fn add(&mut self, deb: &Path, held: &HeldKeys) -> Result<(), (Text, Concern)> {
        let file_name = || {
            let name = deb.file_name().unwrap_or_default();
            Text::from(name.as_encoded_bytes())
        };
        let control = control_of(deb).map_err(|error| (file_name(), error.into()))?;
        let name = control.field("Package").unwrap_or_else(file_name);
        let list = control
            .list()
            .map_err(|error| (name.clone(), error.into()))?;
        let list = list.ok_or_else(|| (name.clone(), Concern::Unsigned))?;
        if let Some(package) = name.plain().and_then(PackageName::new) {
            self.builder.add_list(&package, now(), &list);
        }
        let unknown = unknown_keys(&list, held);
        if unknown.is_empty() {
            Ok(())
        } else {
            Err((name, Concern::UnknownKey(unknown)))
        }
    }

    /// Verifies every signature of those .debs. What is forged the guard will not hear of; the packages that have it
    /// are returned, each once.
    pub fn verify(&mut self, held: &HeldKeys) -> Vec<(PackageName, Concern)> {
        let mut forged: BTreeMap<PackageName, BTreeSet<KeyId>> = BTreeMap::new();
        for list in self.builder.settle(&Store::default(), held, Verifying::All) {
            log::info!("{list}");
            forged.entry(list.package).or_default().insert(list.key);
        }
        let forged = forged.into_iter();
        forged
            .map(|(package, keys)| (package, Concern::Forged(keys)))
            .collect()
    }

    /// Tells the guard, if one runs.
    ///
    /// # Errors
    /// If the signatures cannot be handed over; they will be read when dpkg unpacks them.
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

fn unknown_keys(list: &List, held: &HeldKeys) -> BTreeSet<KeyId> {
    let keys = list.entries().iter().map(|entry| entry.signature.key_id);
    keys.filter(|key| !held.holds(*key)).collect()
}

fn ids(keys: &BTreeSet<KeyId>) -> String {
    let ids: Vec<String> = keys.iter().map(ToString::to_string).collect();
    ids.join(" and ")
}

/// What is announced now is newer than what is installed.
fn now() -> Stamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Stamp {
        seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        ..Stamp::default()
    }
}
