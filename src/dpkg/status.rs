//! The installed packages and their versions, from dpkg's `status`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::{Database, PackageName};
use crate::format::deb822::Paragraph;
use crate::format::package_version::written_version;
use crate::format::text::Text;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The states of all packages, beneath the root.
const STATUS: &str = "var/lib/dpkg/status";
/// Changes that dpkg has not yet folded into it, since it runs or was killed.
const UPDATES: &str = "var/lib/dpkg/updates";
/// Largest file of these that we read, in bytes. That of a machine with 5,000 packages is about 8 MB.
const STATUS_MAX: u64 = 128 << 20;

/// A build of a package: two of the same names have the same content, unless different people built them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Build {
    /// Without an architecture, in lower case.
    pub package: String,
    /// Epoch if there is one, upstream version and revision, as dpkg writes them into its `status`.
    pub version: String,
    /// `amd64`, `all`, …
    pub architecture: String,
}

/// A package whose files are unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPackage {
    /// As `info/` names it.
    pub name: PackageName,
    /// The build that is unpacked.
    pub build: Build,
}

impl Build {
    /// From the fields of a package's control file, whichever way they are looked up; none if one is missing.
    #[must_use]
    pub fn from_fields(field: impl Fn(&str) -> Option<Text>) -> Option<Self> {
        let field = |name| Some(field(name)?.plain()?.to_owned());
        Some(Self {
            package: field("Package")?.to_ascii_lowercase(),
            version: written_version(&field("Version")?),
            architecture: field("Architecture")?,
        })
    }
}

/// The packages whose files are all unpacked, in the order of their names.
///
/// SPEC: dpkg's `status`, then the files of `updates/` in the order of their names, each overriding; dpkg
/// folds them into `status` when it ends.
///
/// # Errors
/// If a file is there and cannot be read.
pub fn installed_packages(root: &Root) -> Result<Vec<InstalledPackage>, SystemError> {
    let mut found = BTreeMap::new();
    let mut read = |path: &Path| {
        let content = root.read(path, STATUS_MAX)?.unwrap_or_default();
        take_in(root, &content, &mut found)
    };
    read(Path::new(STATUS))?;
    let updates = root.open_folder(Path::new(UPDATES))?;
    let updates = updates.map(|folder| folder.names()).transpose()?;
    let mut updates = updates.unwrap_or_default();
    // SPEC: pkg_db_parse_updates(): digits only; a file of another name was not finished.
    updates.retain(|name| name.iter().all(u8::is_ascii_digit));
    updates.sort();
    for name in updates {
        read(&Path::new(UPDATES).join(OsStr::from_bytes(&name)))?;
    }
    Ok(found.into_values().flatten().collect())
}

/// The builds that are unpacked by a dpkg status of some machine, whose database is not here.
pub fn unpacked_builds(status: &[u8]) -> impl Iterator<Item = Build> {
    let paragraphs = Paragraph::all(status).filter(is_there);
    paragraphs.filter_map(|paragraph| Build::from_fields(|name| paragraph.field(name)))
}

/// Instances by package and architecture; none where its files are not all unpacked.
type Instances = BTreeMap<(String, String), Option<InstalledPackage>>;

fn take_in(root: &Root, content: &[u8], found: &mut Instances) -> Result<(), SystemError> {
    for paragraph in Paragraph::all(content) {
        let Some(build) = Build::from_fields(|name| paragraph.field(name)) else {
            continue;
        };
        let key = (build.package.clone(), build.architecture.clone());
        let installed = if is_there(&paragraph) {
            name(root, build)?
        } else {
            None
        };
        found.insert(key, installed);
    }
    Ok(())
}

fn is_there(paragraph: &Paragraph<'_>) -> bool {
    let status = paragraph.field("Status");
    status.is_some_and(|status| status.plain().is_some_and(is_unpacked))
}

/// SPEC: dpkg(1), PACKAGE STATES: the third word. In the states before these, some files may be of another version.
fn is_unpacked(status: &str) -> bool {
    matches!(
        status.split(' ').nth(2),
        Some(
            "unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending" | "installed"
        )
    )
}

/// The instance as `info/` names it: with the architecture where several may be installed side by side.
fn name(root: &Root, build: Build) -> Result<Option<InstalledPackage>, SystemError> {
    let database = Database::new(root);
    let Build {
        package,
        architecture,
        ..
    } = &build;
    for name in [format!("{package}:{architecture}"), package.clone()] {
        let Some(name) = PackageName::new(&name) else {
            continue;
        };
        if database.knows(&name)? {
            return Ok(Some(InstalledPackage { name, build }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
