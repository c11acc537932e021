//! Which keys the kernel holds, as far as that can be seen from outside.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::root::Root;
use crate::signature::{KeyId, certificates_in, key_id_of};
use crate::system::{SystemError, shown};

/// Where a machine keeps its certificates, beneath the root.
pub const CERTIFICATES: &str = "etc/keys/ima";
/// Largest certificate file that we read, in bytes.
pub const CERTIFICATE_MAX: u64 = 1 << 20;

/// The keyrings that IMA verifies with: `_ima` where root fills it, `.ima` where only the kernel's
/// trusted keys can (`CONFIG_INTEGRITY_TRUSTED_KEYRING`).
const KEYRINGS: [&str; 2] = ["_ima:", ".ima:"];

/// The ids of the keys that a signature can be checked with on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldKeys(HashSet<KeyId>);

impl HeldKeys {
    /// The keys in the running kernel, or, where its keyring is not filled yet, those of the
    /// certificates that will be loaded into it.
    #[must_use]
    pub fn of_this_machine(root: &Root) -> Self {
        let keys = fs::read_to_string("/proc/keys").unwrap_or_default();
        Self::in_kernel(&keys).unwrap_or_else(|| Self::of_certificates(root))
    }

    /// The keys of this machine, or those of a root that is not running.
    #[must_use]
    pub fn of_system(root: &Root) -> Self {
        if root.is_running_system() {
            Self::of_this_machine(root)
        } else {
            Self::of_certificates(root)
        }
    }

    /// The keys of the certificates in `/etc/keys/ima` of that root, for a system that is not
    /// running. A file that is no certificate is passed over.
    #[must_use]
    pub fn of_certificates(root: &Root) -> Self {
        let files = certificate_files(root).unwrap_or_else(|error| {
            log::warn!("{error}");
            Vec::new()
        });
        let mut held = HashSet::new();
        for (path, content) in files {
            match content.map(|content| certificates_in(&content)) {
                Ok(Ok(found)) => held.extend(found.iter().filter_map(|der| key_id_of(der).ok())),
                Ok(Err(error)) => log::warn!("not used: '{}': {error}", shown(&path)),
                Err(error) => log::warn!("{error}"),
            }
        }
        Self(held)
    }

    /// Reads `/proc/keys`; none if no IMA keyring in it holds a key.
    ///
    /// SPEC: `proc_keys_show()`, security/keys/proc.c, and `asymmetric_key_describe()`: columns, then
    /// "description: X509.rsa 89abcdef []", the last word but one being the end of the identifier.
    fn in_kernel(keys: &str) -> Option<Self> {
        let filled = keys.lines().any(|line| {
            let mut words = line.split_whitespace().rev();
            let filled = words.next().is_some_and(|count| count != "empty");
            filled && words.next().is_some_and(|name| KEYRINGS.contains(&name))
        });
        let ids = keys.lines().filter(|line| line.contains(" asymmetri "));
        let ids = ids.filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().rposition(|word| word.contains("X509."))?;
            KeyId::from_hex(words.get(at + 1)?)
        });
        filled.then(|| Self(ids.collect()))
    }

    /// Whether a signature by that key can be checked.
    #[must_use]
    pub fn holds(&self, key: KeyId) -> bool {
        self.0.contains(&key)
    }

    /// Those that the other has not, in order.
    #[must_use]
    pub fn missing_in(&self, other: &Self) -> Vec<KeyId> {
        let mut missing: Vec<_> = self.0.difference(&other.0).copied().collect();
        missing.sort();
        missing
    }

    /// Whether none is held, so that nothing can be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<KeyId> for HeldKeys {
    fn from_iter<T: IntoIterator<Item = KeyId>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// A certificate file's path, as people outside the root name it, and what is in it.
type CertificateFile = (PathBuf, Result<Vec<u8>, SystemError>);

/// The `*.pem` and `*.der` files of that root, by name; none if the folder is missing.
///
/// # Errors
/// If the folder cannot be read.
pub fn certificate_files(root: &Root) -> Result<Vec<CertificateFile>, SystemError> {
    let Some(folder) = root.open_folder(Path::new(CERTIFICATES))? else {
        return Ok(Vec::new());
    };
    let mut names = folder.names()?;
    names.retain(|name| name.ends_with(b".pem") || name.ends_with(b".der"));
    names.sort();
    let read = |name: Vec<u8>| {
        let path = Path::new(CERTIFICATES).join(OsStr::from_bytes(&name));
        let content = root.read(&path, CERTIFICATE_MAX).transpose()?;
        Some((root.display(&path), content))
    };
    Ok(names.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "\
0e7d7d6c I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid.0: empty
1a2b3c4d I------     1 perm 1f030000     0     0 asymmetri Example key: 0011aabb: X509.rsa 0011aabb []
2b3c4d5e I--Q---     1 perm 3f030000     0     0 asymmetri Other: with colon: X509.ecdsa deadbeef []
3c4d5e6f I--Q---     2 perm 3f3f0000     0     0 keyring   _ima: 2
";

    #[test]
    fn ids_come_from_proc_keys() {
        let held = HeldKeys::in_kernel(KEYS).unwrap();
        assert_eq!(
            held,
            [KeyId(0x0011_aabb), KeyId(0xdead_beef)]
                .into_iter()
                .collect()
        );
        assert!(held.holds(KeyId(0xdead_beef)));
    }

    #[test]
    fn an_empty_keyring_says_nothing() {
        assert_eq!(HeldKeys::in_kernel(""), None);
        assert_eq!(
            HeldKeys::in_kernel(&KEYS.replace("_ima: 2", "_ima: empty")),
            None
        );
        assert!(HeldKeys::in_kernel(&KEYS.replace("_ima: 2", ".ima: 2")).is_some());
    }
}
