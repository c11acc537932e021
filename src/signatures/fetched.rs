//! Signature lists that were fetched from a source, for packages that bring none.
//!
//! | file in `/var/lib/dpkg-ima/lists` | what |
//! |---|---|
//! | `PACKAGE_VERSION_ARCHITECTURE.imasigs` | a list, whether that package is installed or about to be |
//! | `installed/PACKAGE.imasigs` | a second link to it, by dpkg's name for the package, while that version is installed |
//!
//! [`Database`](crate::dpkg::Database) takes the links for lists of packages, so that sweeps, `relabel` and `verify` see
//! no difference to lists that packages brought. [`FetchedLists::settle`] puts the links in order after dpkg has
//! changed what is installed, and drops lists with their packages.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::stat::{FileStat, Mode, SFlag};

use super::{Builder, Lock, Segment, Store, Verifying};
use crate::dpkg::{FETCHED_FOR_INSTALLED, PackageName, Stamp, installed_packages};
use crate::format::imasigs::{List, MEMBER};
use crate::format::text::Text;
use crate::format::tree::ListName;
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::folder::{Folder, UNFINISHED};
use crate::machine::opening::is;
use crate::machine::root::Root;

/// Where they are, beneath the root.
const FETCHED: &str = "var/lib/dpkg-ima/lists";
/// How long a list is kept for a package that is never installed.
const UNUSED_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// The fetched lists of a machine. Who changes them holds the [`Lock`].
#[derive(Clone, Copy, Debug)]
pub struct FetchedLists<'a> {
    root: &'a Root,
}

impl<'a> FetchedLists<'a> {
    /// Those of that root; nothing is read yet.
    #[must_use]
    pub const fn of(root: &'a Root) -> Self {
        Self { root }
    }

    /// The file of a list in [`Self::folder`].
    #[must_use]
    pub fn file_name(name: &ListName) -> String {
        let compressed = name.file_name();
        let file_name = compressed.strip_suffix(".zst");
        file_name.unwrap_or(&compressed).to_owned()
    }

    /// The folder of the lists, made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn folder(&self, _lock: &Lock) -> Result<Folder, SystemError> {
        let folder = self.root.make_folder(Path::new(FETCHED), Mode::S_IRWXU)?;
        self.root
            .make_folder(Path::new(FETCHED_FOR_INSTALLED), Mode::S_IRWXU)?;
        Ok(folder)
    }

    /// Reads a list; none if it is not there, or damaged: then it is to be fetched again.
    ///
    /// # Errors
    /// If it is there and cannot be opened.
    pub fn get(&self, name: &ListName) -> Result<Option<List>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(FETCHED))? else {
            return Ok(None);
        };
        read(&folder, &Self::file_name(name))
    }

    /// Drops a list that is of no use.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, name: &ListName, lock: &Lock) -> Result<(), SystemError> {
        self.folder(lock)?.remove(&Self::file_name(name))
    }

    /// Whether there are any.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn are_any(&self) -> Result<bool, SystemError> {
        match self.root.open_folder(Path::new(FETCHED))? {
            Some(folder) => Ok(!lists_in(&folder)?.is_empty()),
            None => Ok(false),
        }
    }

    /// Afterwards the lists of installed packages are linked as such, and no others. Those of packages that were
    /// installed and are gone, or have another version now, are removed; those that were never used after 30 days.
    ///
    /// # Errors
    /// If the lists or dpkg's database cannot be read or changed.
    pub fn settle(&self, lock: &Lock) -> Result<(), SystemError> {
        if self.root.open_folder(Path::new(FETCHED))?.is_none() {
            return Ok(());
        }
        let folder = self.folder(lock)?;
        let linked = self
            .root
            .make_folder(Path::new(FETCHED_FOR_INSTALLED), Mode::S_IRWXU)?;
        let (lists, links) = (lists_in(&folder)?, lists_in(&linked)?);
        if lists.is_empty() && links.is_empty() {
            return Ok(());
        }
        let installed = self.installed()?;
        let mut kept = BTreeSet::new();
        for (list, status) in &lists {
            let Some(link) = installed.get(list) else {
                continue;
            };
            if links.get(link).map(|status| status.st_ino) != Some(status.st_ino) {
                folder.link(list, &linked, link)?;
            }
            kept.insert(link);
        }
        let mut old = links.keys().filter(|link| !kept.contains(link));
        old.try_for_each(|link| linked.remove(link))?;
        let used: HashSet<_> = links.values().map(|status| status.st_ino).collect();
        let mut useless = lists.iter().filter(|(list, status)| {
            let was_installed = used.contains(&status.st_ino);
            !installed.contains_key(*list) && (was_installed || is_old(status))
        });
        useless.try_for_each(|(list, _)| folder.remove(list))
    }

    /// The links that installed packages would have, by the file of the list.
    fn installed(&self) -> Result<BTreeMap<String, String>, SystemError> {
        let mut links = BTreeMap::new();
        for installed in installed_packages(self.root)? {
            let build = installed.build;
            let [package, version, architecture] =
                [build.package, build.version, build.architecture].map(Text::from);
            if let Ok(name) = ListName::new(&package, &version, &architecture) {
                let link = format!("{}.{MEMBER}", installed.name);
                links.insert(Self::file_name(&name), link);
            }
        }
        Ok(links)
    }

    /// The signatures of packages that are about to be installed, for a guard: dpkg without apt announces none.
    ///
    /// # Errors
    /// If the lists cannot be read.
    pub fn not_installed(&self, held: &HeldKeys) -> Result<Option<Arc<Segment>>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(FETCHED))? else {
            return Ok(None);
        };
        let linked = self.root.open_folder(Path::new(FETCHED_FOR_INSTALLED))?;
        let linked = linked.as_ref().map(lists_in).transpose()?;
        let linked = linked.unwrap_or_default().into_values();
        let used: HashSet<_> = linked.map(|status| status.st_ino).collect();
        let mut builder = Builder::default();
        for (file, status) in lists_in(&folder)? {
            let package = file.rsplitn(3, '_').nth(2).and_then(PackageName::new);
            let (false, Some(package)) = (used.contains(&status.st_ino), package) else {
                continue;
            };
            if let Some(list) = read(&folder, &file)? {
                builder.add_list(&package, Stamp::from(&status), &list);
            }
        }
        for forged in builder.settle(&Store::default(), held, Verifying::Competing) {
            log::warn!("{forged}");
        }
        if builder.is_empty() {
            return Ok(None);
        }
        let segment = Segment::from_bytes(builder.build());
        Ok(Some(Arc::new(segment.expect("what we build we can read"))))
    }
}

/// The list in that file; none if it is not there or damaged.
fn read(folder: &Folder, file: &str) -> Result<Option<List>, SystemError> {
    let Some(opened) = folder.open_file(file)? else {
        return Ok(None);
    };
    let list = List::read_from(BufReader::new(opened));
    Ok(list
        .inspect_err(|error| log::info!("the fetched list '{file}' is not used: {error}"))
        .ok())
}

/// The lists of a folder. What a killed process left half written is passed over: it is replaced when it is written again.
fn lists_in(folder: &Folder) -> Result<BTreeMap<String, FileStat>, SystemError> {
    let mut lists = BTreeMap::new();
    for name in folder.names()? {
        let Ok(name) = String::from_utf8(name) else {
            continue;
        };
        let status = folder.status(&name)?;
        let status = status.filter(|status| is(status, SFlag::S_IFREG));
        if let (Some(status), false) = (status, name.ends_with(UNFINISHED)) {
            lists.insert(name, status);
        }
    }
    Ok(lists)
}

fn is_old(status: &FileStat) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let written = Duration::from_secs(u64::try_from(status.st_mtime).unwrap_or_default());
    now.is_ok_and(|now| now.saturating_sub(written) > UNUSED_MAX)
}

#[cfg(test)]
mod tests;
