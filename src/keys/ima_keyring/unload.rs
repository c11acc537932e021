//! Takes a key out of the IMA keyring.

use std::io;

use super::find::{find, serials_in};
use super::{KeyringError, members};
use crate::format::ima::KeyId;
use crate::machine::sys::{invalidate_key, unlink_key};

/// Whether the kernel still verifies by a key.
#[derive(Debug)]
#[must_use]
pub enum Unloaded {
    /// It had no key of that id.
    NotThere,
    /// It has it no more.
    Gone,
    /// It keeps it until it is restarted, for that reason.
    Stays(io::Error),
}

/// Takes every key of that id out of the IMA keyring. Where the kernel does not let root change it (`.ima`), or has the key
/// in a keyring that is linked into it, the key itself is invalidated; where that is not allowed either, it stays.
///
/// # Errors
/// If the keyring cannot be read.
pub fn unload(key: KeyId) -> Result<Unloaded, KeyringError> {
    let (kind, keyring) = find()?;
    let of_id = || -> Result<Vec<_>, KeyringError> {
        let (_, mut members) = members()?;
        members.retain(|member| member.key_id == key);
        Ok(members)
    };
    let (Some(keyring), keys) = (keyring, of_id()?) else {
        return Ok(Unloaded::NotThere);
    };
    if keys.is_empty() {
        return Ok(Unloaded::NotThere);
    }
    let direct = serials_in(kind, keyring)?;
    let mut refusal = None;
    for key in &keys {
        let unlinked = match direct.contains(&key.serial) {
            true => unlink_key(key.serial, keyring),
            false => Err(io::ErrorKind::NotFound.into()),
        };
        let gone = unlinked.or_else(|_| invalidate_key(key.serial));
        refusal = refusal.or(gone.err());
    }
    // What counts is what the kernel has now; keys that are invalidated vanish a moment later.
    Ok(match (of_id()?.is_empty(), refusal) {
        (true, _) | (false, None) => Unloaded::Gone,
        (false, Some(error)) => Unloaded::Stays(error),
    })
}
