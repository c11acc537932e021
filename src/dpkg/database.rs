//! dpkg's database: its folders, and the members of packages that it keeps there.

use std::path::{Path, PathBuf};

use nix::sys::stat::{Mode, fstat};

use super::{Diversions, PackageName};
use crate::format::plural::and_more;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::machine::warn_once::warn_once;

/// Where dpkg keeps its database, beneath the root.
pub(super) const ADMIN: &str = "var/lib/dpkg";
/// Where dpkg keeps the control members of installed packages.
pub(super) const INFO: &str = "var/lib/dpkg/info";
/// Where dpkg unpacks the control members of the package that it is installing.
const UNPACKING: &str = "var/lib/dpkg/tmp.ci";
/// Largest text file of dpkg's that we read, in bytes. The list of a package with 100,000 files is
/// about 10 MB.
pub(super) const TEXT_MAX: u64 = 64 << 20;

/// dpkg's database beneath a root.
#[derive(Debug)]
pub struct Database<'a> {
    pub(super) root: &'a Root,
}

impl<'a> Database<'a> {
    /// The database of that root; nothing is read yet.
    #[must_use]
    pub const fn new(root: &'a Root) -> Self {
        Self { root }
    }

    /// Whether dpkg has a database beneath the root.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn is_there(&self) -> Result<bool, SystemError> {
        Ok(self.root.open_folder(Path::new(INFO))?.is_some())
    }

    /// The device that the lists of installed packages are on; none where there is no dpkg.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn device(&self) -> Result<Option<u64>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(None);
        };
        let status = fstat(&folder).map_err(SystemError::at("stat", folder.path()))?;
        Ok(Some(status.st_dev))
    }

    /// The path at which dpkg keeps a control member of a package, such as `preinst`.
    #[must_use]
    pub fn member_path(package: &PackageName, member: &str) -> PathBuf {
        if package.is_unpacking() {
            return Path::new(UNPACKING).join(member);
        }
        Path::new(INFO).join(format!("{package}.{member}"))
    }

    /// Adds a control member to those that dpkg keeps of the package, or replaces it. Only with
    /// [`DatabaseLock`](super::DatabaseLock).
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn add_member(
        &self,
        package: &PackageName,
        member: &str,
        content: &[u8],
    ) -> Result<(), SystemError> {
        let path = Path::new(INFO);
        let folder = self.root.open_folder(path)?.ok_or_else(|| {
            SystemError::at("open", &self.root.display(path))(std::io::ErrorKind::NotFound)
        })?;
        // As a .deb has it.
        let mode = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IROTH;
        folder.replace_as(&format!("{package}.{member}"), content, mode)
    }

    /// Whether dpkg knows the package: installed, or removed but not purged. Local programs are known as long as they have a
    /// list.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn knows(&self, package: &PackageName) -> Result<bool, SystemError> {
        if package.is_local() {
            return self.has_list(package);
        }
        let list = self.root.open_file(&Self::member_path(package, "list"))?;
        Ok(list.is_some())
    }

    /// All packages that dpkg knows: installed, or removed but not purged. Sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn packages(&self) -> Result<Vec<PackageName>, SystemError> {
        let Some(folder) = self.root.open_folder(Path::new(INFO))? else {
            return Ok(Vec::new());
        };
        let names = folder.names()?;
        let packages = names.iter().filter_map(|name| package_with(name, "list"));
        let mut packages: Vec<_> = packages.collect();
        packages.sort();
        Ok(packages)
    }

    /// The package whose control member is at that path, which is from the root; none if it is no path of one.
    #[must_use]
    pub fn owner_of_member(path: &Path) -> Option<PackageName> {
        let path = path.strip_prefix("/").unwrap_or(path);
        let name = path.strip_prefix(INFO).ok()?.to_str()?;
        PackageName::in_info(name.rsplit_once('.')?.0)
    }

    /// The diversions in force. Records that are not well-formed are logged, once in a process.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn diversions(&self) -> Result<Diversions, SystemError> {
        let path = Path::new(ADMIN).join("diversions");
        let content = self.root.read(&path, TEXT_MAX)?;
        let diversions = Diversions::parse(&content.unwrap_or_default());
        if let [first, more @ ..] = diversions.malformed() {
            let path = self.root.display(&path);
            let others = and_more(more.len());
            warn_once(format_args!(
                "'{}': what begins at line {first} is no diversion, and is passed over{others}",
                shown(&path)
            ));
        }
        Ok(diversions)
    }
}

/// The package, if that is the name of such a member in `info`.
pub(super) fn package_with(name: &[u8], member: &str) -> Option<PackageName> {
    let (package, found) = std::str::from_utf8(name).ok()?.rsplit_once('.')?;
    (found == member).then(|| PackageName::in_info(package))?
}
