//! `/proc/keys`: the kernel's keys, as far as the reader may see them.
//!
//! SPEC: `proc_keys_show()`, security/keys/proc.c: one key a line: its number in hexadecimal, seven columns, its type,
//! its description; a keyring's description ends in ": " and how many keys it holds.
//!
//! SECURITY: descriptions are printed as users chose them, line feeds and all, so any user can add lines. What a line says
//! of a key counts only as far as the kernel says the same when it is asked for that key ([`KeyDescription`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::KeyringKind;
use super::key_description::KeyDescription;
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
pub struct ProcKeys(Vec<u8>);

impl ProcKeys {
    /// Reads the list once; keys that come later are not in it.
    ///
    /// # Errors
    /// If /proc cannot be read.
    pub fn read() -> Result<Self, SystemError> {
        let text = fs::read(PROC_KEYS);
        Ok(Self(
            text.map_err(SystemError::at("read", Path::new(PROC_KEYS)))?,
        ))
    }

    /// The numbers that lines name for keyrings of that kind: each is one only if the kernel says so too.
    pub(super) fn claimed(&self, kind: KeyringKind) -> BTreeSet<Serial> {
        let words = format!(" keyring   {}: ", kind.name());
        let lines = self.0.split(|byte| *byte == b'\n');
        let claims = lines.filter(|line| contains(line, words.as_bytes()));
        claims.filter_map(serial_of).collect()
    }

    /// The keys of those numbers, as far as they are asymmetric.
    #[must_use]
    pub fn keys(&self, serials: &BTreeSet<Serial>) -> Vec<KernelKey> {
        // A key that the kernel does not describe to us has no line either.
        let described = serials
            .iter()
            .filter_map(|serial| Some((*serial, KeyDescription::of(*serial).ok()?)));
        self.described(&described.collect())
    }

    /// The keys that the kernel describes so.
    pub(super) fn described(&self, keys: &BTreeMap<Serial, KeyDescription>) -> Vec<KernelKey> {
        let mut claims = BTreeMap::<Serial, Vec<KernelKey>>::new();
        for at in self.lines() {
            let Some(serial) = serial_of(at) else {
                continue;
            };
            let described = keys.get(&serial).filter(|key| key.is_asymmetric());
            let claim = described.and_then(|key| parse(at, serial, &key.description));
            let of_key = claims.entry(serial).or_default();
            of_key.extend(claim.filter(|claim| !of_key.contains(claim)));
        }
        claims.into_values().filter_map(the_true_one).collect()
    }

    /// The text from the beginning of each line on: a description may have line feeds in it.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let starts = self.0.split_inclusive(|byte| *byte == b'\n');
        starts.scan(&self.0[..], |rest, line| {
            let at = *rest;
            *rest = rest.get(line.len()..)?;
            Some(at)
        })
    }
}

fn contains(line: &[u8], words: &[u8]) -> bool {
    line.windows(words.len()).any(|window| window == words)
}

fn serial_of(line: &[u8]) -> Option<Serial> {
    let word = line.get(..9)?.strip_suffix(b" ")?;
    Serial::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()
}

/// SPEC: `asymmetric_key_describe()`, crypto/asymmetric_keys/asymmetric_type.c: the description, ": ",
/// the kind of key, its id, and what it may be used for in brackets.
fn parse(at: &[u8], serial: Serial, description: &[u8]) -> Option<KernelKey> {
    const TYPE: &[u8] = b" asymmetri ";
    let first = at.split(|byte| *byte == b'\n').next()?;
    let columns = first
        .windows(TYPE.len())
        .position(|window| window == TYPE)?;
    let rest = at.get(columns + TYPE.len()..)?.strip_prefix(description)?;
    let rest = rest.strip_prefix(b": X509.")?;
    let line = rest.split(|byte| *byte == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    Some(KernelKey {
        serial,
        algorithm: words.next()?.to_owned(),
        key_id: KeyId::from_hex(words.next()?)?,
        description: description.trim_ascii().into(),
    })
}

/// Of several lines about one key, one is the kernel's. The description that the kernel makes for a certificate ends in its
/// identifier; where that does not tell either, the key is not listed.
fn the_true_one(mut claims: Vec<KernelKey>) -> Option<KernelKey> {
    if claims.len() > 1 {
        claims.retain(|claim| {
            let id = claim.key_id.to_string();
            claim.description.as_bytes().ends_with(id.as_bytes())
        });
    }
    let [key] = <[_; 1]>::try_from(claims).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = "\
0b7d7d6c I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid.0: empty
1c4d5e6f I------     1 perm 1f0f0000     0     0 keyring   .ima: 2
";

    fn claimed(text: &[u8]) -> Vec<Serial> {
        let keys = ProcKeys(text.to_owned());
        keys.claimed(KeyringKind::Trusted).into_iter().collect()
    }

    #[test]
    fn the_kernels_own_keyring_is_found_by_name() {
        assert_eq!(claimed(REAL.as_bytes()), [0x1c4d_5e6f]);
        assert!(claimed(REAL.replace(".ima", ".imx").as_bytes()).is_empty());
        assert!(claimed(b"").is_empty());
    }

    #[test]
    fn a_forged_line_does_not_hide_the_true_one() {
        let forged = b"\
0a000001 I--Q---     1 perm 3f3f0000  1000  1000 user      x keyring   .ima: 1: 4
0a000002 I--Q---     1 perm 3f3f0000  1000  1000 user      \xff
0a000003 I------     1 perm 1f0f0000     0     0 keyring   .ima: 2
: 70
";
        let text = [forged, REAL.as_bytes()].concat();
        assert_eq!(claimed(&text), [0x0a00_0001, 0x0a00_0003, 0x1c4d_5e6f]);
    }

    fn of(text: &str, keys: &[(Serial, &str)]) -> Vec<KernelKey> {
        let keys = keys.iter().map(|(serial, answer)| {
            let described = KeyDescription::parse(answer.as_bytes());
            (*serial, described.unwrap())
        });
        ProcKeys(text.into()).described(&keys.collect())
    }

    fn ours(serial: Serial, key_id: u32, description: &str) -> KernelKey {
        KernelKey {
            serial,
            key_id: KeyId(key_id),
            algorithm: "ecdsa-nist-p256".into(),
            description: description.into(),
        }
    }

    #[test]
    fn only_the_keyrings_own_keys_count() {
        let text = "\
1a2b3c4d I------     1 perm 1f030000     0     0 asymmetri Other key: 0011aabb: X509.rsa 0011aabb []
2b3c4d5e I--Q---     1 perm 3f030000     0     0 asymmetri Ours: with colon: deadbeef: X509.ecdsa-nist-p256 deadbeef []
3c4d5e6f I--Q---     2 perm 3f3f0000     0     0 keyring   _ima: 1
";
        let described = [
            (
                0x2b3c_4d5e,
                "asymmetric;0;0;3f030000;Ours: with colon: deadbeef",
            ),
            (0x3c4d_5e6f, "keyring;0;0;3f3f0000;_ima"),
        ];
        let key = ours(0x2b3c_4d5e, 0xdead_beef, "Ours: with colon: deadbeef");
        assert_eq!(of(text, &described), [key]);
        assert_eq!(of(text, &[]), []);
    }

    #[test]
    fn a_line_counts_only_as_far_as_the_kernel_says_the_same() {
        let line = |id: &str, description: &str| {
            format!(
                "2b3c4d5e I--Q---     1 perm 3f030000     0     0 asymmetri {description}: \
                 X509.ecdsa-nist-p256 {id} []\n"
            )
        };
        let described = |text: &str, description: &str| {
            let answer = format!("asymmetric;0;0;3f030000;{description}");
            of(text, &[(0x2b3c_4d5e, &answer)])
        };
        let (real, forged) = (
            line("deadbeef", "A: deadbeef"),
            line("0badc0de", "A: deadbeef"),
        );
        let key = ours(0x2b3c_4d5e, 0xdead_beef, "A: deadbeef");
        for text in [
            forged.clone() + &real,
            real.clone() + &forged,
            real.clone() + &real,
        ] {
            assert_eq!(
                described(&text, "A: deadbeef"),
                std::slice::from_ref(&key),
                "{text}"
            );
        }
        assert_eq!(described(&real, "B: deadbeef"), []);
        // Root gave the key another name: which line is the kernel's cannot be told.
        let named = [line("deadbeef", "mine"), line("0badc0de", "mine")];
        assert_eq!(described(&named.concat(), "mine"), []);
        assert_eq!(
            described(&named[0], "mine"),
            [ours(0x2b3c_4d5e, 0xdead_beef, "mine")]
        );
        // The certificate's subject has a line feed.
        let broken = line("deadbeef", "A\nB: deadbeef");
        assert_eq!(described(&broken, "A\nB: deadbeef").len(), 1);
    }
}
