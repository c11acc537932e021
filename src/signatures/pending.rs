//! The packages whose files are still to be labelled: written before the first label, so that the next sweep goes on
//! where one was cut short.

use std::collections::BTreeSet;
use std::io::Read;

use super::Lock;
use crate::dpkg::{Database, InstalledList, PackageName};
use crate::machine::error::SystemError;

/// The file, one package a line.
const NAME: &str = "pending";
/// Longest such file that is read, in bytes: every package of Debian, several times.
const LENGTH_MAX: u64 = 16 << 20;

/// The packages that earlier sweeps left.
pub(crate) enum PendingPackages {
    Known(BTreeSet<PackageName>),
    /// The file is damaged: any package may have been in it.
    Unknown,
}

impl PendingPackages {
    pub(crate) fn read(lock: &Lock) -> Result<Self, SystemError> {
        let folder = lock.folder();
        let Some(file) = folder.open_file(NAME)? else {
            return Ok(Self::Known(BTreeSet::new()));
        };
        let mut text = Vec::new();
        file.take(LENGTH_MAX)
            .read_to_end(&mut text)
            .map_err(SystemError::at("read", &folder.path().join(NAME)))?;
        Ok(Self::parse(&text))
    }

    /// Where nothing is pending there is no file, so an empty one is damaged.
    fn parse(text: &[u8]) -> Self {
        let lines = std::str::from_utf8(text).unwrap_or_default().lines();
        let packages: Option<BTreeSet<_>> = lines.map(PackageName::recorded).collect();
        match packages {
            Some(packages) if !packages.is_empty() => Self::Known(packages),
            _ => Self::Unknown,
        }
    }

    /// Afterwards these packages are pending, and no others.
    pub(crate) fn write(lock: &Lock, packages: &BTreeSet<PackageName>) -> Result<(), SystemError> {
        if packages.is_empty() {
            return lock.folder().remove(NAME);
        }
        let lines = packages.iter().map(|package| format!("{package}\n"));
        lock.folder()
            .replace(NAME, lines.collect::<String>().as_bytes())
    }

    /// The packages that were left, as far as they still have a list, and those of new lists.
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
            Self::Known(left) => {
                for package in left {
                    // By its name: dpkg changes the folder meanwhile, and `installed` may lack both the old list and
                    // the new.
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
    fn a_damaged_file_may_have_named_any_package() {
        let known = PendingPackages::parse(b"bash\ndash\n");
        assert!(matches!(known, PendingPackages::Known(packages) if packages.len() == 2));
        for text in [&b""[..], b"\xff\n", b"dash\n../x\n", b"dash\n\0\0\0"] {
            assert!(
                matches!(PendingPackages::parse(text), PendingPackages::Unknown),
                "{text:?}"
            );
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
            let wanted = PendingPackages::parse(text).merged_with(&database, &seen, &new);
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
