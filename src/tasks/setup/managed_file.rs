//! The files that setup may change.

use std::path::{Path, PathBuf};

use crate::keys::certificates::CERTIFICATES;
use crate::tasks::boot::POLICY;

/// Longest name of a certificate's file, in bytes.
const NAME_MAX: usize = 128;

/// A file that setup may change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManagedFile {
    /// The policy that is loaded at boot.
    Policy,
    /// A certificate of that name.
    Certificate(String),
    /// GRUB's parameters for the kernel.
    Grub,
    /// The command line that kernel-install(8) gives to systemd-boot.
    CommandLine,
}

impl ManagedFile {
    /// A certificate; none if the name is not one of ASCII letters, digits and `-_.+@` that ends in `.pem` or `.der`.
    pub(super) fn certificate(name: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+@".contains(&byte);
        let good = name.len() <= NAME_MAX
            && !name.starts_with('.')
            && name.bytes().all(plain)
            && (name.ends_with(".pem") || name.ends_with(".der"));
        good.then(|| Self::Certificate(name.to_owned()))
    }

    /// Beneath the root.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Policy => POLICY.into(),
            Self::Certificate(name) => Path::new(CERTIFICATES).join(name),
            Self::Grub => "etc/default/grub.d/dpkg-ima.cfg".into(),
            Self::CommandLine => "etc/kernel/cmdline".into(),
        }
    }

    /// The name under which its contents are kept.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Policy => "policy".to_owned(),
            Self::Certificate(name) => format!("certificate-{name}"),
            Self::Grub => "grub".to_owned(),
            Self::CommandLine => "cmdline".to_owned(),
        }
    }

    /// The file that is kept under that name.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        match key.strip_prefix("certificate-") {
            Some(name) => Self::certificate(name),
            None => [Self::Policy, Self::Grub, Self::CommandLine]
                .into_iter()
                .find(|file| file.key() == key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_file_and_leads_nowhere_else() {
        let certificate = ManagedFile::certificate("a.pem").unwrap();
        for file in [
            ManagedFile::Policy,
            certificate,
            ManagedFile::Grub,
            ManagedFile::CommandLine,
        ] {
            assert_eq!(ManagedFile::of_key(&file.key()), Some(file));
        }
        for key in [
            "",
            "certificate-../../shadow.pem",
            "certificate-.pem",
            "certificate-a",
            "policy2",
        ] {
            assert_eq!(ManagedFile::of_key(key), None, "{key}");
        }
    }
}
