//! Which keys this machine has revoked.
//!
//! `keys revoke` moves the certificate of a key from `/etc/keys/ima` to `/etc/keys/ima-revoked`. So of a key that still has a
//! certificate in the first folder it is certain that it is not revoked, whatever becomes of the second one.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::certificates::{
    CERTIFICATES, CertificateFileError, REVOKED_CERTIFICATES, certificates_within,
};
use crate::format::ima::KeyId;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::machine::warn_once::warn_once;

/// The keys that count as revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocations {
    /// These: their certificates are among the revoked ones alone.
    Keys(HashSet<KeyId>),
    /// All others: it cannot be told which are revoked, and these have certificates in `/etc/keys/ima`.
    AllBut(HashSet<KeyId>),
}

impl Default for Revocations {
    fn default() -> Self {
        Self::Keys(HashSet::new())
    }
}

/// Why it cannot be told which keys are revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevocationsError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Something else has the folder's name.
    #[error("'{}' is no folder", shown(.0))]
    NoFolder(PathBuf),
    /// A file in it holds no certificate, so its key is not known.
    #[error("'{}': {error}", shown(.path))]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: CertificateFileError,
    },
}

impl Revocations {
    /// Those of that root. Where it cannot be told which keys are revoked, that is logged, and every key counts as revoked
    /// that has no certificate in `/etc/keys/ima`.
    ///
    /// SECURITY: so a key that was revoked does not come back because its certificate was damaged, and what boots the machine
    /// still gets labels by the keys that the machine was given. Only where `/etc/keys/ima` has no certificate either, no
    /// key counts as revoked: else nothing that is installed would be labelled, and the machine would not boot again.
    #[must_use]
    pub fn of(root: &Root) -> Self {
        let error = match revoked_keys(root) {
            Ok(keys) => return Self::Keys(keys),
            Err(error) => error,
        };
        let held = held_keys(root).unwrap_or_default();
        match held.is_empty() {
            true => {
                warn_once(format_args!("no key counts as revoked: {error}"));
                Self::default()
            }
            false => {
                warn_once(format_args!(
                    "only keys with a certificate in /{CERTIFICATES} count: {error}"
                ));
                Self::AllBut(held)
            }
        }
    }

    /// Whether a key counts as revoked.
    #[must_use]
    pub fn contains(&self, key: KeyId) -> bool {
        match self {
            Self::Keys(keys) => keys.contains(&key),
            Self::AllBut(keys) => !keys.contains(&key),
        }
    }

    /// Has further keys count as revoked.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = KeyId>) {
        match self {
            Self::Keys(keys) => keys.extend(more),
            Self::AllBut(keys) => {
                for key in more {
                    keys.remove(&key);
                }
            }
        }
    }
}

/// The keys of that root that are revoked: their certificates are among the revoked ones alone.
///
/// # Errors
/// If that cannot be told, for one of them or for all.
pub fn revoked_keys(root: &Root) -> Result<HashSet<KeyId>, RevocationsError> {
    let folder = Path::new(REVOKED_CERTIFICATES);
    let is_folder = root.open_folder(folder)?.is_some();
    if !is_folder && root.metadata_followed(folder)?.is_some() {
        return Err(RevocationsError::NoFolder(root.display(folder)));
    }
    let mut revoked = HashSet::new();
    for (path, certificate) in certificates_within(root, REVOKED_CERTIFICATES)? {
        match certificate {
            Ok(certificate) => drop(revoked.insert(certificate.key_id)),
            Err(error) => return Err(RevocationsError::Certificate { path, error }),
        }
    }
    if !revoked.is_empty() {
        let held = held_keys(root)?;
        revoked.retain(|key| !held.contains(key));
    }
    Ok(revoked)
}

fn held_keys(root: &Root) -> Result<HashSet<KeyId>, SystemError> {
    let read = certificates_within(root, CERTIFICATES)?.into_iter();
    let usable = read.filter_map(|(_, certificate)| certificate.ok());
    Ok(usable.map(|certificate| certificate.key_id).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::keys::held::sample::{SampleKey, certificate, key_id};

    /// A root with these certificates, each by its folder, name and key.
    fn root(files: &[(&str, &str, SampleKey)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (folder, name, key) in files {
            let folder = root.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(name), certificate(*key).der).unwrap();
        }
        root
    }

    fn told(root: &tempfile::TempDir) -> (bool, [bool; 2]) {
        let root = Root::open(root.path()).unwrap();
        let revocations = Revocations::of(&root);
        let [a, b] = [SampleKey::A, SampleKey::B].map(|key| revocations.contains(key_id(key)));
        (revoked_keys(&root).is_ok(), [a, b])
    }

    #[test]
    fn a_key_is_revoked_whose_certificate_is_among_the_revoked_alone() {
        assert_eq!(told(&root(&[])), (true, [false, false]));
        let both = root(&[
            (REVOKED_CERTIFICATES, "a.der", SampleKey::A),
            (REVOKED_CERTIFICATES, "b.der", SampleKey::B),
            (CERTIFICATES, "other-name.der", SampleKey::B),
        ]);
        assert_eq!(told(&both), (true, [true, false]));
    }

    #[test]
    fn where_it_cannot_be_told_a_revoked_key_does_not_come_back_and_those_of_the_machine_stay() {
        let kept = [
            (REVOKED_CERTIFICATES, "a.der", SampleKey::A),
            (CERTIFICATES, "b.der", SampleKey::B),
        ];
        // A certificate of it is damaged.
        let damaged = root(&kept);
        let file = damaged.path().join(REVOKED_CERTIFICATES).join("a.der");
        fs::write(file, "damaged").unwrap();
        // The folder is a file.
        let file = root(&kept);
        let folder = file.path().join(REVOKED_CERTIFICATES);
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        for root in [damaged, file] {
            assert_eq!(told(&root), (false, [true, false]));
            // No certificate is left to go by: what is installed must still be labelled.
            fs::remove_dir_all(root.path().join(CERTIFICATES)).unwrap();
            assert_eq!(told(&root), (false, [false, false]));
        }
    }

    #[test]
    fn further_keys_are_revoked_either_way() {
        let [a, b] = [SampleKey::A, SampleKey::B].map(key_id);
        for mut revocations in [Revocations::default(), Revocations::AllBut([a, b].into())] {
            assert!(!revocations.contains(a));
            revocations.extend([a]);
            assert!(revocations.contains(a) && !revocations.contains(b));
        }
    }
}
