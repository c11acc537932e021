//! The keys that the kernel verifies with.

use std::collections::BTreeSet;

use super::find::{find, serials_in};
use super::key_description::KeyDescription;
use super::{KernelKey, KeyringError, KeyringKind, ProcKeys};
use crate::machine::sys::Serial;

/// SPEC: `KEYRING_SEARCH_MAX_DEPTH`, security/keys/keyring.c: the kernel does not find keys in deeper keyrings either.
const DEPTH_MAX: usize = 6;

/// Which keyring it is, and its keys, those of keyrings that are linked into it among them; no keys if it is not there.
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

fn keys_in(keyring: Serial, kind: KeyringKind) -> Result<Vec<KernelKey>, KeyringError> {
    let is_keyring = |serial: &&Serial| {
        let described = KeyDescription::of(**serial);
        described.is_ok_and(|described| described.is_keyring())
    };
    let mut wanted = BTreeSet::new();
    let mut level = serials_in(kind, keyring)?;
    for _ in 0..DEPTH_MAX {
        level.retain(|serial| wanted.insert(*serial));
        let keyrings = level.iter().filter(is_keyring);
        // A keyring that may not be read counts as empty.
        let below = keyrings.flat_map(|serial| serials_in(kind, *serial).unwrap_or_default());
        level = below.collect();
    }
    Ok(ProcKeys::read()?.keys(&wanted))
}
