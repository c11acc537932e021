//! Why the IMA keyring cannot be used; errno given its meaning once.

use std::io;

use super::KeyringKind;
use crate::keys::certificates::CertificateFileError;
use crate::machine::error::SystemError;

/// Why no certificate can be loaded, and no key listed.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// /proc or the folder of certificates could not be read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The keyring could not be made, or not be reached.
    #[error("cannot use the kernel's keyring '{}': {source}", .keyring.name())]
    Keyring {
        /// Says which.
        keyring: KeyringKind,
        /// The kernel's answer.
        source: io::Error,
    },
}

impl KeyringError {
    /// For `map_err`: the keyring of that kind cannot be used.
    pub(super) fn of(keyring: KeyringKind) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Keyring { keyring, source }
    }
}

/// Why a certificate is not in the IMA keyring.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The file holds no certificate that could be loaded.
    #[error(transparent)]
    File(#[from] CertificateFileError),
    /// `.ima` takes only certificates that a trusted key signed, and this is none.
    #[error("this kernel takes only certificates signed by a key that it trusts already")]
    NotTrusted,
    /// The kernel knows no such key or signature algorithm.
    #[error("this kernel knows no such key or signature algorithm")]
    Unsupported,
    /// The kernel found a fault in its encoding.
    #[error("this kernel cannot read the certificate")]
    Malformed,
    /// Adding keys takes root.
    #[error("not permitted: only root may")]
    NotPermitted,
    /// The user's share of memory for keys is used up.
    #[error("no room for another key; see /proc/sys/kernel/keys/root_maxbytes")]
    NoRoom,
    /// Another answer of the kernel.
    #[error("the kernel refused it: {0}")]
    Other(io::Error),
}

impl AddError {
    /// The meaning of the kernel's answer to add_key(2), for a keyring of that kind.
    pub(super) fn of(error: io::Error, keyring: KeyringKind) -> Self {
        use nix::libc::{EACCES, EBADMSG, EDQUOT, EINVAL, EKEYREJECTED, ENOKEY, ENOPKG, EPERM};
        match (error.raw_os_error().unwrap_or_default(), keyring) {
            // SPEC: restrict_link_by_builtin_trusted(), certs/system_keyring.c.
            (ENOKEY | EKEYREJECTED | EPERM, KeyringKind::Trusted) => Self::NotTrusted,
            (ENOPKG, _) => Self::Unsupported,
            (EBADMSG | EINVAL, _) => Self::Malformed,
            (EPERM | EACCES, _) => Self::NotPermitted,
            (EDQUOT, _) => Self::NoRoom,
            _ => Self::Other(error),
        }
    }

    /// What the administrator may do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotTrusted => Some(
                "its keyring is .ima: root cannot add keys; issue the certificate from a CA that \
                 is built into the kernel (CONFIG_SYSTEM_TRUSTED_KEYS, or inserted as its extra \
                 certificate), or use a kernel without CONFIG_INTEGRITY_TRUSTED_KEYRING",
            ),
            Self::Unsupported => Some("an RSA key of 2048 to 4096 bits works with every kernel"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc::{EACCES, EBADMSG, EDQUOT, ENOKEY, ENOPKG, EPERM, ESRCH};

    #[test]
    fn each_answer_has_its_meaning() {
        for (errno, keyring, words) in [
            (ENOKEY, KeyringKind::Trusted, "trusts already"),
            (EPERM, KeyringKind::Trusted, "trusts already"),
            (EPERM, KeyringKind::Own, "only root"),
            (EACCES, KeyringKind::Trusted, "only root"),
            (ENOPKG, KeyringKind::Own, "algorithm"),
            (EBADMSG, KeyringKind::Own, "cannot read"),
            (EDQUOT, KeyringKind::Own, "no room"),
            (ESRCH, KeyringKind::Own, "refused it"),
        ] {
            let error = AddError::of(io::Error::from_raw_os_error(errno), keyring);
            assert!(error.to_string().contains(words), "{errno}: {error}");
        }
    }
}
