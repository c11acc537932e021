//! The keys that the kernel verifies with.

use std::collections::BTreeSet;

use super::find::{find, read_proc_keys, serials_in};
use super::{KeyringError, KeyringKind};
use crate::format::ima::KeyId;
use crate::format::text::Text;
use crate::machine::error::SystemError;
use crate::machine::sys::Serial;

/// SPEC: `KEYRING_SEARCH_MAX_DEPTH`, security/keys/keyring.c: what is linked deeper the kernel does not
/// find either.
const DEPTH_MAX: usize = 6;

/// A key in the kernel's keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelKey {
    /// Its number.
    pub serial: Serial,
    /// What signatures name it by.
    pub key_id: KeyId,
    /// How it signs, in the kernel's words: `rsa`, `ecdsa-nist-p256`.
    pub algorithm: String,
    /// What the kernel calls it: the certificate's subject and the end of its identifier.
    pub description: Text,
}

/// Which keyring it is, and its keys, those of keyrings in it among them; none if it is not there.
///
/// # Errors
/// If it cannot be read.
pub fn members() -> Result<(KeyringKind, Vec<KernelKey>), KeyringError> {
    let (kind, keyring) = find()?;
    let keys = match keyring {
        Some(keyring) => keys_in(keyring, kind)?,
        None => Vec::new(),
    };
    Ok((kind, keys))
}

/// The keys in that keyring and in keyrings that are linked into it.
///
/// # Errors
/// If it cannot be read.
pub(super) fn keys_in(keyring: Serial, kind: KeyringKind) -> Result<Vec<KernelKey>, KeyringError> {
    let all = ProcKeys::read()?;
    let mut wanted = BTreeSet::new();
    let mut level = serials_in(kind, keyring)?;
    for _ in 0..DEPTH_MAX {
        level.retain(|serial| wanted.insert(*serial));
        let keyrings = level.iter().filter(|serial| all.is_keyring(**serial));
        // One that may not be read holds nothing for us.
        let below = keyrings.flat_map(|serial| serials_in(kind, *serial).unwrap_or_default());
        level = below.collect();
    }
    Ok(all.keys(&wanted))
}

/// The keys of those numbers, as far as they are asymmetric and the kernel shows them.
///
/// # Errors
/// If /proc cannot be read.
pub fn keys_of(serials: &BTreeSet<Serial>) -> Result<Vec<KernelKey>, SystemError> {
    Ok(ProcKeys::read()?.keys(serials))
}

/// The text of `/proc/keys`.
struct ProcKeys(String);

impl ProcKeys {
    fn read() -> Result<Self, SystemError> {
        read_proc_keys().map(Self)
    }

    fn is_keyring(&self, serial: Serial) -> bool {
        let mut lines = self.0.lines();
        lines.any(|line| serial_of(line) == Some(serial) && line.contains(" keyring   "))
    }

    fn keys(&self, serials: &BTreeSet<Serial>) -> Vec<KernelKey> {
        let wanted = |line: &str| serial_of(line).is_some_and(|serial| serials.contains(&serial));
        let lines = self.0.lines().filter(|line| wanted(line));
        lines.filter_map(parse_line).collect()
    }
}

/// SPEC: `proc_keys_show()`, security/keys/proc.c: the number in hexadecimal comes first.
fn serial_of(line: &str) -> Option<Serial> {
    Serial::from_str_radix(line.split_whitespace().next()?, 16).ok()
}

/// SPEC: `asymmetric_key_describe()`, crypto/asymmetric_keys/asymmetric_type.c: the description, ": ",
/// the kind of key, its id, and what it may be used for in brackets.
fn parse_line(line: &str) -> Option<KernelKey> {
    let (_, description) = line.split_once(" asymmetri ")?;
    let (name, kind) = description.rsplit_once(": X509.")?;
    let mut words = kind.split(' ');
    Some(KernelKey {
        serial: serial_of(line)?,
        algorithm: words.next()?.to_owned(),
        key_id: KeyId::from_hex(words.next()?)?,
        description: name.trim().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keyrings_own_keys_count() {
        let keys = ProcKeys(
            "\
1a2b3c4d I------     1 perm 1f030000     0     0 asymmetri Other key: 0011aabb: X509.rsa 0011aabb []
2b3c4d5e I--Q---     1 perm 3f030000     0     0 asymmetri Ours: with colon: deadbeef: X509.ecdsa-nist-p256 deadbeef []
3c4d5e6f I--Q---     2 perm 3f3f0000     0     0 keyring   _ima: 1
"
            .to_owned(),
        );
        let key = KernelKey {
            serial: 0x2b3c_4d5e,
            key_id: KeyId(0xdead_beef),
            algorithm: "ecdsa-nist-p256".into(),
            description: "Ours: with colon: deadbeef".into(),
        };
        assert_eq!(keys.keys(&[0x2b3c_4d5e, 0x3c4d_5e6f].into()), [key]);
        assert_eq!(keys.keys(&BTreeSet::new()), []);
        assert!(keys.is_keyring(0x3c4d_5e6f) && !keys.is_keyring(0x2b3c_4d5e));
    }
}
