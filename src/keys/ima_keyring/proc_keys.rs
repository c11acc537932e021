//! `/proc/keys`: the kernel's keys, as far as the reader may see them.
//!
//! SPEC: `proc_keys_show()`, security/keys/proc.c: one key a line: its number in hexadecimal, seven columns, its type,
//! its description; a keyring's description ends in ": " and how many keys it holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::KeyringKind;
use crate::format::ima::KeyId;
use crate::format::text::Text;
use crate::machine::error::SystemError;
use crate::machine::sys::Serial;

const PROC_KEYS: &str = "/proc/keys";

/// A key of the kernel that can verify signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelKey {
    /// The number by which system calls name it.
    pub serial: Serial,
    /// The id by which signatures name it.
    pub key_id: KeyId,
    /// How it signs, in the kernel's words: `rsa`, `ecdsa-nist-p256`.
    pub algorithm: String,
    /// The certificate's subject and the end of its identifier.
    pub description: Text,
}

/// The text of `/proc/keys`.
pub struct ProcKeys(String);

impl ProcKeys {
    /// Reads the list once; keys that come later are not in it.
    ///
    /// # Errors
    /// If /proc cannot be read.
    pub fn read() -> Result<Self, SystemError> {
        let text = fs::read_to_string(PROC_KEYS);
        Ok(Self(
            text.map_err(SystemError::at("read", Path::new(PROC_KEYS)))?,
        ))
    }

    /// The number of the IMA keyring of that kind.
    pub(super) fn keyring(&self, kind: KeyringKind) -> Option<Serial> {
        let description = format!(" keyring   {}: ", kind.name());
        serial_of(self.0.lines().find(|line| line.contains(&description))?)
    }

    pub(super) fn is_keyring(&self, serial: Serial) -> bool {
        let mut lines = self.0.lines();
        lines.any(|line| serial_of(line) == Some(serial) && line.contains(" keyring   "))
    }

    /// The keys of those numbers, as far as they are asymmetric.
    #[must_use]
    pub fn keys(&self, serials: &BTreeSet<Serial>) -> Vec<KernelKey> {
        let wanted = |line: &&str| serial_of(line).is_some_and(|serial| serials.contains(&serial));
        self.0
            .lines()
            .filter(wanted)
            .filter_map(parse_line)
            .collect()
    }
}

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
    fn the_kernels_own_keyring_is_found_by_name() {
        let text = "\
0b7d7d6c I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid.0: empty
1c4d5e6f I------     1 perm 1f0f0000     0     0 keyring   .ima: 2
";
        let find = |text: &str| ProcKeys(text.to_owned()).keyring(KeyringKind::Trusted);
        assert_eq!(find(text), Some(0x1c4d_5e6f));
        assert_eq!(find(&text.replace(".ima", ".imx")), None);
        assert_eq!(find(""), None);
    }

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
