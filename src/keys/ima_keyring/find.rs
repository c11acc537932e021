//! Which keyring the kernel verifies with, and its number.

use std::fs;
use std::io;
use std::path::Path;

use nix::libc::ENOKEY;

use super::KeyringError;
use crate::machine::error::SystemError;
use crate::machine::sys::{
    Serial, add_key, join_new_session_keyring, link_key, read_keyring, search_keyring,
};

/// What the kernel lists its keys in, as far as the reader may see them.
pub(super) const PROC_KEYS: &str = "/proc/keys";
/// SPEC: linux/keyctl.h, `KEY_SPEC_SESSION_KEYRING` and `KEY_SPEC_USER_KEYRING`.
const SESSION: Serial = -3;
const USER: Serial = -4;
/// More keys than anybody has.
const KEYS_MAX: usize = 4096;

/// The two kinds of keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringKind {
    /// `_ima`: root makes it and fills it. Debian's kernels.
    Own,
    /// `.ima`: the kernel makes it, and takes only what a key signed that it trusts. Ubuntu's kernels.
    Trusted,
}

impl KeyringKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "_ima",
            Self::Trusted => ".ima",
        }
    }

    /// For `map_err`.
    pub(super) fn error(self) -> impl FnOnce(io::Error) -> KeyringError {
        let keyring = self;
        move |source| KeyringError::Keyring { keyring, source }
    }
}

/// The keyring of the running kernel; no number if it is one that root has still to make.
///
/// # Errors
/// If /proc cannot be read, or the keyring not be reached.
pub fn find() -> Result<(KeyringKind, Option<Serial>), KeyringError> {
    let keys = read_proc_keys()?;
    if let Some(serial) = find_trusted(&keys) {
        return Ok((KeyringKind::Trusted, Some(serial)));
    }
    reach_user_keyring().map_err(KeyringKind::Own.error())?;
    match search_keyring(USER, c"keyring", c"_ima") {
        Ok(serial) => Ok((KeyringKind::Own, Some(serial))),
        Err(error) if error.raw_os_error() == Some(ENOKEY) => Ok((KeyringKind::Own, None)),
        Err(error) => Err(KeyringKind::Own.error()(error)),
    }
}

/// The same; made, if it is one that root has to make.
///
/// # Errors
/// As [`find`].
pub(super) fn ensure() -> Result<(KeyringKind, Serial), KeyringError> {
    let (kind, serial) = find()?;
    // SPEC: add_key(2) of a keyring that is there would put an empty one in its place.
    let made = || add_key(c"keyring", Some(c"_ima"), &[], USER).map_err(kind.error());
    Ok((kind, serial.map_or_else(made, Ok)?))
}

/// The numbers of the keys in it.
pub(super) fn serials_in(kind: KeyringKind, keyring: Serial) -> Result<Vec<Serial>, KeyringError> {
    read_keyring(keyring, KEYS_MAX).map_err(kind.error())
}

pub(super) fn read_proc_keys() -> Result<String, SystemError> {
    fs::read_to_string(PROC_KEYS).map_err(SystemError::at("read", Path::new(PROC_KEYS)))
}

/// Only who can reach a keyring from its session may fill it, and a session need not hold the user's
/// keyring: a service of systemd has one of its own, and so has a shell behind su(1).
fn reach_user_keyring() -> io::Result<()> {
    join_new_session_keyring()?;
    link_key(USER, SESSION)
}

/// SPEC: `proc_keys_show()`, security/keys/proc.c: number in hexadecimal, seven columns, type,
/// description; a keyring's description ends in ": " and how many keys it holds.
fn find_trusted(keys: &str) -> Option<Serial> {
    let line = keys
        .lines()
        .find(|line| line.contains(" keyring   .ima: "))?;
    Serial::from_str_radix(line.split_whitespace().next()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_own_keyring_is_found_by_name() {
        let keys = "\
0b7d7d6c I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid.0: empty
1c4d5e6f I------     1 perm 1f0f0000     0     0 keyring   .ima: 2
";
        assert_eq!(find_trusted(keys), Some(0x1c4d_5e6f));
        assert_eq!(find_trusted(&keys.replace(".ima", ".imx")), None);
        assert_eq!(find_trusted(""), None);
    }
}
