//! The keys that the kernel verifies with.

use super::find::{find, read_proc_keys, serials_in};
use super::{KeyringError, Kind};
use crate::raw::Serial;
use crate::signature::KeyId;
use crate::text::Text;

/// A key in the kernel's keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelKey {
    /// What signatures name it by.
    pub key_id: KeyId,
    /// What the kernel calls it: the certificate's subject and the end of its identifier.
    pub description: Text,
}

/// Which keyring it is, and its keys; none if it is not there.
///
/// # Errors
/// If it cannot be read.
pub fn members() -> Result<(Kind, Vec<KernelKey>), KeyringError> {
    let (kind, keyring) = find()?;
    let Some(keyring) = keyring else {
        return Ok((kind, Vec::new()));
    };
    let serials = serials_in(kind, keyring)?;
    Ok((kind, parse(&read_proc_keys()?, &serials)))
}

/// SPEC: `asymmetric_key_describe()`, crypto/asymmetric_keys/asymmetric_type.c: the description, ": ",
/// the kind of key, its id, and what it may be used for in brackets.
fn parse(keys: &str, serials: &[Serial]) -> Vec<KernelKey> {
    let wanted = |line: &&str| {
        let number = line.split_whitespace().next().unwrap_or_default();
        Serial::from_str_radix(number, 16).is_ok_and(|serial| serials.contains(&serial))
    };
    keys.lines().filter(wanted).filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<KernelKey> {
    let (_, description) = line.split_once(" asymmetri ")?;
    let (name, kind) = description.rsplit_once(": X509.")?;
    let key_id = KeyId::from_hex(kind.split(' ').nth(1)?)?;
    let description = name.trim().into();
    Some(KernelKey {
        key_id,
        description,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keyrings_own_keys_count() {
        let keys = "\
1a2b3c4d I------     1 perm 1f030000     0     0 asymmetri Other key: 0011aabb: X509.rsa 0011aabb []
2b3c4d5e I--Q---     1 perm 3f030000     0     0 asymmetri Ours: with colon: deadbeef: X509.ecdsa-nist-p256 deadbeef []
3c4d5e6f I--Q---     2 perm 3f3f0000     0     0 keyring   _ima: 1
";
        let key = KernelKey {
            key_id: KeyId(0xdead_beef),
            description: "Ours: with colon: deadbeef".into(),
        };
        assert_eq!(parse(keys, &[0x2b3c_4d5e, 0x3c4d_5e6f]), [key]);
        assert_eq!(parse(keys, &[]), []);
    }
}
