//! What people call a key: the file of its certificate.

use std::path::Path;
use std::time::Duration;

use crate::format::ima::{KeyId, valid_since};
use crate::keys::signing::Trust;

/// The keys whose certificates are at hand.
#[derive(Clone, Debug, Default)]
pub struct KeyNames<'a>(Vec<(KeyId, &'a Path, Option<Duration>)>);

impl<'a> KeyNames<'a> {
    /// Those that are trusted.
    #[must_use]
    pub fn of(trust: &'a Trust) -> Self {
        let certificates = trust.certificates().iter();
        let keys = certificates.map(|(path, certificate)| {
            let since = valid_since(&certificate.der);
            (certificate.key_id, path.as_path(), since)
        });
        Self(keys.collect())
    }

    /// The file of its certificate; none if that is not at hand.
    #[must_use]
    pub fn get(&self, key: KeyId) -> Option<&'a Path> {
        let mut keys = self.0.iter();
        keys.find(|(id, ..)| *id == key).map(|(_, path, _)| *path)
    }

    /// The key whose certificate became valid last, and by its file's name the last of several; none if there are none.
    #[must_use]
    pub fn newest(&self) -> Option<KeyId> {
        let keys = self.0.iter();
        let newest = keys.max_by_key(|(_, path, since)| (since, path));
        newest.map(|(key, ..)| *key)
    }
}
