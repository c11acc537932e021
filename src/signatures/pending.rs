//! The packages whose files are still to be labelled: written before the first label, so that a
//! sweep that was cut short is taken up by the next.

use std::collections::BTreeSet;
use std::io::Read;

use crate::dpkg::{Database, InstalledList, PackageName};
use crate::machine::error::SystemError;
use crate::signatures::Lock;

/// The file, one package a line.
const NAME: &str = "pending";
/// Longest such file that is read, in bytes: every package of Debian, several times.
const LENGTH_MAX: u64 = 16 << 20;

/// What an earlier sweep left.
pub(crate) enum Pending {
    /// These packages.
    Packages(BTreeSet<PackageName>),
    /// The file makes no sense, so it may have been any.
    Unknown,
}

impl Pending {
    pub(crate) fn read(lock: &Lock) -> Result<Self, SystemError> {
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
        let packages: Option<BTreeSet<_>> = lines.map(PackageName::recorded).collect();
        match packages {
            Some(packages) if !packages.is_empty() => Self::Packages(packages),
            _ => Self::Unknown,
        }
    }

    pub(crate) fn write(lock: &Lock, packages: &BTreeSet<PackageName>) -> Result<(), SystemError> {
        if packages.is_empty() {
            return lock.folder().remove(NAME);
        }
        let lines = packages.iter().map(|package| format!("{package}\n"));
        lock.folder()
            .replace(NAME, lines.collect::<String>().as_bytes())
    }

    /// What was left, as far as it is still installed, and what is new.
    ///
    /// # Errors
    /// If dpkg's database cannot be read.
    pub(crate) fn merged_with(
        &self,
        database: &Database<'_>,
        installed: &[InstalledList],
        new: &[&InstalledList],
    ) -> Result<BTreeSet<PackageName>, SystemError> {
        let package = |list: &InstalledList| list.package.clone();
        let mut wanted: BTreeSet<_> = new.iter().map(|list| package(list)).collect();
        match self {
            Self::Unknown => wanted.extend(installed.iter().map(package)),
            Self::Packages(left) => {
                for package in left {
                    // By its name: dpkg works on that folder, and what lists it may see neither the old nor the new.
                    if database.has_list(package)? {
                        wanted.insert(package.clone());
                    }
                }
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_may_have_been_anything() {
        let known = Pending::parse(b"bash\ndash\n");
        assert!(matches!(known, Pending::Packages(packages) if packages.len() == 2));
        for text in [&b""[..], b"\xff\n", b"dash\n../x\n", b"dash\n\0\0\0"] {
            assert!(matches!(Pending::parse(text), Pending::Unknown), "{text:?}");
        }
    }

    #[test]
    fn what_was_left_is_wanted_as_long_as_it_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let info = folder.path().join("var/lib/dpkg/info");
        std::fs::create_dir_all(&info).unwrap();
        for package in ["left", "unseen", "new", "dealt-with"] {
            std::fs::write(info.join(format!("{package}.imasigs")), "").unwrap();
        }
        let root = crate::machine::root::Root::open(folder.path()).unwrap();
        let database = Database::new(&root);
        let installed = database.lists().unwrap();
        let wanted = |text: &[u8], seen: &[&str], new: &[&str]| {
            let chosen = |names: &[&str]| -> Vec<InstalledList> {
                let lists = installed.iter().cloned();
                lists
                    .filter(|list| names.contains(&list.package.as_str()))
                    .collect()
            };
            let (seen, new) = (chosen(seen), chosen(new));
            let new: Vec<_> = new.iter().collect();
            let wanted = Pending::parse(text).merged_with(&database, &seen, &new);
            let wanted = wanted.unwrap();
            wanted.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let seen = ["left", "new", "dealt-with"];
        assert_eq!(
            wanted(b"left\nunseen\nremoved\n", &seen, &["new"]),
            ["left", "new", "unseen"]
        );
        assert_eq!(wanted(b"?", &seen, &["new"]), ["dealt-with", "left", "new"]);
    }
}
