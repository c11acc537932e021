//! The packages whose files are still to be labelled: written before the first label, so that a
//! sweep that was cut short is taken up by the next.

use std::collections::BTreeSet;
use std::io::Read;

use crate::dpkg::{InstalledList, PackageName};
use crate::store::Lock;
use crate::system::SystemError;

/// The file, one package a line.
const NAME: &str = "pending";
/// Longest such file that is read, in bytes: every package of Debian, several times.
const LENGTH_MAX: u64 = 16 << 20;

/// What an earlier sweep left.
pub(super) enum Pending {
    /// These packages.
    Packages(BTreeSet<PackageName>),
    /// The file makes no sense, so it may have been any.
    Unknown,
}

impl Pending {
    pub(super) fn read(lock: &Lock) -> Result<Self, SystemError> {
        let folder = lock.folder();
        let Some(file) = folder.open_file(NAME)? else {
            return Ok(Self::Packages(BTreeSet::new()));
        };
        let mut text = Vec::new();
        file.take(LENGTH_MAX)
            .read_to_end(&mut text)
            .map_err(SystemError::at("read", &folder.path().join(NAME)))?;
        Ok(Self::parse(&text))
    }

    /// Nothing pending is no file, so an empty one was not written by us.
    fn parse(text: &[u8]) -> Self {
        let lines = std::str::from_utf8(text).unwrap_or_default().lines();
        let packages: Option<BTreeSet<_>> = lines.map(PackageName::new).collect();
        match packages {
            Some(packages) if !packages.is_empty() => Self::Packages(packages),
            _ => Self::Unknown,
        }
    }

    pub(super) fn write(lock: &Lock, packages: &BTreeSet<PackageName>) -> Result<(), SystemError> {
        if packages.is_empty() {
            return lock.folder().remove(NAME);
        }
        let lines = packages.iter().map(|package| format!("{package}\n"));
        lock.folder()
            .replace(NAME, lines.collect::<String>().as_bytes())
    }

    fn contains(&self, package: &PackageName) -> bool {
        match self {
            Self::Packages(packages) => packages.contains(package),
            Self::Unknown => true,
        }
    }

    /// What was left, as far as it is still installed, and what is new.
    pub(super) fn merged_with(
        &self,
        installed: &[InstalledList],
        new: &[&InstalledList],
    ) -> BTreeSet<PackageName> {
        let left = installed.iter().filter(|list| self.contains(&list.package));
        left.chain(new.iter().copied())
            .map(|list| list.package.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_may_have_been_anything() {
        let package = PackageName::new("bash").unwrap();
        assert!(Pending::parse(b"bash\ndash\n").contains(&package));
        assert!(!Pending::parse(b"dash\n").contains(&package));
        for text in [&b""[..], b"\xff\n", b"dash\n../x\n", b"dash\n\0\0\0"] {
            assert!(Pending::parse(text).contains(&package), "{text:?}");
        }
    }
}
