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
pub(super) struct Pending(BTreeSet<PackageName>);

impl Pending {
    pub(super) fn read(lock: &Lock) -> Result<Self, SystemError> {
        let folder = lock.folder();
        let mut text = String::new();
        if let Some(file) = folder.open_file(NAME)? {
            file.take(LENGTH_MAX)
                .read_to_string(&mut text)
                .map_err(SystemError::at("read", &folder.path().join(NAME)))?;
        }
        Ok(Self(text.lines().filter_map(PackageName::new).collect()))
    }

    /// Nothing pending is no file.
    pub(super) fn write(lock: &Lock, packages: &BTreeSet<&PackageName>) -> Result<(), SystemError> {
        if packages.is_empty() {
            return lock.folder().remove(NAME);
        }
        let lines = packages.iter().map(|package| format!("{package}\n"));
        lock.folder()
            .replace(NAME, lines.collect::<String>().as_bytes())
    }

    /// What was left, as far as it is still installed, and what is new.
    pub(super) fn merged_with<'a>(
        &self,
        installed: &'a [InstalledList],
        new: &[&'a InstalledList],
    ) -> BTreeSet<&'a PackageName> {
        let left = installed
            .iter()
            .filter(|list| self.0.contains(&list.package));
        left.chain(new.iter().copied())
            .map(|list| &list.package)
            .collect()
    }
}
