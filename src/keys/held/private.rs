//! A keyring of this process with certificates in it, so that the kernel verifies by keys that the IMA keyring does not
//! have, or does not let us use.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::keys::ima_keyring::{KernelKey, ProcKeys};
use crate::machine::sys::{Serial, add_key, set_key_permissions, unlink_key};

/// SPEC: linux/keyctl.h, `KEY_SPEC_PROCESS_KEYRING`: ends with the process.
const PROCESS: Serial = -2;
/// SPEC: linux/keyctl.h and keyctl_setperm(3): every right for the possessor of the key, view and search for its user.
/// A thread that began before the keyring was made does not possess the keys in it, and verifies as the user.
const PERMISSIONS: u32 = 0x3f09_0000;
/// Most certificates that are loaded.
const CERTIFICATES_MAX: usize = 64;

/// Its keys are gone when it is dropped.
#[derive(Debug)]
pub(super) struct PrivateKeyring {
    serial: Serial,
}

impl PrivateKeyring {
    /// Loads certificates in DER; returns the keys of those that the kernel takes.
    pub(super) fn load<'a>(
        certificates: impl IntoIterator<Item = &'a [u8]>,
    ) -> io::Result<(Self, Vec<KernelKey>)> {
        let keyring = Self::make()?;
        let mut serials = BTreeSet::new();
        for certificate in certificates.into_iter().take(CERTIFICATES_MAX) {
            match keyring.add(certificate) {
                Ok(serial) => drop(serials.insert(serial)),
                Err(error) => log::debug!("the kernel does not verify by a certificate: {error}"),
            }
        }
        let keys = ProcKeys::read().map_err(io::Error::other)?.keys(&serials);
        Ok((keyring, keys))
    }

    /// Under another name each time: a keyring of the same name would take the other's place.
    fn make() -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = CString::new(format!("dpkg-ima {number}"))?;
        let serial = add_key(c"keyring", Some(&name), &[], PROCESS)?;
        Ok(Self { serial })
    }

    fn add(&self, certificate: &[u8]) -> io::Result<Serial> {
        let serial = add_key(c"asymmetric", None, certificate, self.serial)?;
        set_key_permissions(serial, PERMISSIONS)?;
        Ok(serial)
    }
}

impl Drop for PrivateKeyring {
    fn drop(&mut self) {
        // Where that fails it ends with the process.
        if let Err(error) = unlink_key(self.serial, PROCESS) {
            log::debug!("a keyring stays until this process ends: {error}");
        }
    }
}
