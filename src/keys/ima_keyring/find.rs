//! Which keyring the kernel verifies with, and its number.

use std::io;

use nix::libc::ENOKEY;

use super::key_description::KeyDescription;
use super::{KeyringError, KeyringKind, ProcKeys};
use crate::machine::sys::{
    Serial, add_key, join_new_session_keyring, link_key, read_keyring, search_keyring,
};

/// SPEC: linux/keyctl.h, `KEY_SPEC_SESSION_KEYRING` and `KEY_SPEC_USER_KEYRING`.
const SESSION: Serial = -3;
const USER: Serial = -4;
/// Most keys of one keyring that are read: more than any machine has.
const KEYS_MAX: usize = 4096;

/// The IMA keyring of the running kernel; no number if it is one that root has still to make.
///
/// # Errors
/// If /proc cannot be read, or the keyring not be reached.
pub(super) fn find() -> Result<(KeyringKind, Option<Serial>), KeyringError> {
    let claimed = ProcKeys::read()?.claimed(KeyringKind::Trusted);
    let is_trusted = |serial: &Serial| is(*serial, KeyringKind::Trusted);
    if let Some(serial) = claimed.into_iter().find(is_trusted) {
        return Ok((KeyringKind::Trusted, Some(serial)));
    }
    let error = KeyringError::of(KeyringKind::Own);
    match reach_user_keyring().and_then(|()| search_keyring(USER, c"keyring", c"_ima")) {
        Ok(serial) => {
            let roots = is(serial, KeyringKind::Own).then_some(serial);
            Ok((KeyringKind::Own, roots))
        }
        Err(error) if error.raw_os_error() == Some(ENOKEY) => Ok((KeyringKind::Own, None)),
        Err(source) => Err(error(source)),
    }
}

/// Whether the kernel says that it is the IMA keyring of that kind.
fn is(serial: Serial, kind: KeyringKind) -> bool {
    let described = KeyDescription::of(serial);
    described.is_ok_and(|described| described.is_own_keyring(kind.name()))
}

/// The IMA keyring, which is made if root has to make it.
///
/// # Errors
/// As [`find`].
pub(super) fn ensure() -> Result<(KeyringKind, Serial), KeyringError> {
    let (kind, serial) = find()?;
    // SPEC: add_key(2) of a keyring that is there would put an empty one in its place.
    let made = || add_key(c"keyring", Some(c"_ima"), &[], USER).map_err(KeyringError::of(kind));
    Ok((kind, serial.map_or_else(made, Ok)?))
}

/// The numbers of the keys in a keyring; errors name the IMA keyring, through which it was found.
pub(super) fn serials_in(kind: KeyringKind, keyring: Serial) -> Result<Vec<Serial>, KeyringError> {
    read_keyring(keyring, KEYS_MAX).map_err(KeyringError::of(kind))
}

/// Only a process that reaches a keyring from its session may fill it, and a session need not hold the user's
/// keyring: a service of systemd has a session of its own, and so has a shell behind su(1).
fn reach_user_keyring() -> io::Result<()> {
    join_new_session_keyring()?;
    link_key(USER, SESSION)
}
