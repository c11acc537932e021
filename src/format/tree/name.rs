//! Where a tree has the list of a package.

use super::NameError;
use crate::format::deb::Control;
use crate::format::decimal::decimal;
use crate::format::package_version::written_version;
use crate::format::text::Text;

/// How the names of a tree's files end.
pub const EXTENSION: &str = ".imasigs.zst";

/// SPEC: `NAME_MAX`, limits.h, in bytes.
const FILE_NAME_MAX: usize = 255;

/// Largest epoch. SPEC: `parseversion()` of dpkg: a positive C int.
const EPOCH_MAX: u32 = i32::MAX as u32;

/// Name, version and architecture of a package, in the characters that dpkg allows and as dpkg's status has them. None
/// of them has a slash, none begins with a dot where a folder is named by it, so that no path leads out of the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListName {
    package: String,
    version: String,
    architecture: String,
}

impl ListName {
    /// Takes the three fields from wherever a package is described. They are written as dpkg's status has them: the
    /// name in lower case, the version by [`written_version`].
    ///
    /// # Errors
    /// If dpkg would refuse one of them, or no file can have such a long name.
    pub fn new(package: &Text, version: &Text, architecture: &Text) -> Result<Self, NameError> {
        let name = Self {
            package: checked("Package", package, as_package)?,
            version: checked("Version", version, as_version)?,
            architecture: checked("Architecture", architecture, as_architecture)?,
        };
        if name.file_name().len() > FILE_NAME_MAX {
            return Err(NameError::TooLong);
        }
        Ok(name)
    }

    /// The place for the list of a .deb.
    ///
    /// # Errors
    /// As [`Self::new`], and if a field is missing.
    pub fn of(control: &Control) -> Result<Self, NameError> {
        let field = |name| control.field(name).ok_or(NameError::Missing(name));
        Self::new(
            &field("Package")?,
            &field("Version")?,
            &field("Architecture")?,
        )
    }

    /// Recognises a path that [`Self::path`] gives; none for any other file beneath a tree.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let file_name = path.rsplit('/').next()?.strip_suffix(EXTENSION)?;
        let mut parts = file_name.rsplitn(3, '_');
        let (architecture, version, package) = (parts.next()?, parts.next()?, parts.next()?);
        let version = version.replace("%3a", ":");
        let name = Self::new(
            &package.into(),
            &version.as_str().into(),
            &architecture.into(),
        );
        name.ok().filter(|name| name.path() == path)
    }

    /// The path beneath the tree, of letters, digits and `+-.~_%/` only. A URL of it has `%25` for each `%`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.folder(), self.file_name())
    }

    /// The folder of that path, which the lists of all versions of the package share.
    #[must_use]
    pub fn folder(&self) -> String {
        let package = &self.package;
        // SPEC: Debian's pool: libraries, being many, are told apart by one letter more.
        let prefix = if package.starts_with("lib") { 4 } else { 1 };
        format!("{}/{package}", &package[..prefix.min(package.len())])
    }

    /// The last component of that path.
    #[must_use]
    pub fn file_name(&self) -> String {
        let Self {
            package,
            version,
            architecture,
        } = self;
        let version = version.replace(':', "%3a");
        format!("{package}_{version}_{architecture}{EXTENSION}")
    }

    /// Name of the package, in lower case.
    #[must_use]
    pub fn package(&self) -> &str {
        &self.package
    }

    /// Version, with its epoch unless that is 0.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Architecture, `all` among them.
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.architecture
    }
}

fn checked(
    field: &'static str,
    value: &Text,
    parse: fn(&str) -> Option<String>,
) -> Result<String, NameError> {
    value
        .plain()
        .and_then(parse)
        .ok_or_else(|| NameError::Invalid {
            field,
            value: value.clone(),
        })
}

/// SPEC: `pkg_name_is_invalid()` and `pkg_hash_find_set()`.
fn as_package(name: &str) -> Option<String> {
    is_of(name, b"-+._").then(|| name.to_ascii_lowercase())
}

/// SPEC: `dpkg_arch_name_is_invalid()`.
fn as_architecture(name: &str) -> Option<String> {
    is_of(name, b"-").then(|| name.to_owned())
}

/// Whether it begins with a letter or digit, and has but these and `more`.
fn is_of(name: &str, more: &[u8]) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric()) && has_only(name, more)
}

fn has_only(text: &str, more: &[u8]) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
}

/// SPEC: `parseversion()`.
fn as_version(version: &str) -> Option<String> {
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => (decimal(epoch.as_bytes())?, rest),
        None => (0, version),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    let good = !upstream.is_empty()
        && has_only(upstream, b".-+~:")
        && !revision.is_empty()
        && has_only(revision, b".+~")
        && epoch <= EPOCH_MAX;
    good.then(|| written_version(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(fields: [&str; 3]) -> Result<String, NameError> {
        let [package, version, architecture] = fields.map(Text::from);
        let name = ListName::new(&package, &version, &architecture)?;
        let path = name.path();
        assert_eq!(ListName::parse(&path).as_ref(), Some(&name), "{path}");
        Ok(path)
    }

    #[test]
    fn a_package_has_one_place() {
        for (fields, place) in [
            (
                ["hello", "2.10-3", "amd64"],
                "h/hello/hello_2.10-3_amd64.imasigs.zst",
            ),
            (
                ["LibCap2", "01:2.66-4+b1", "all"],
                "libc/libcap2/libcap2_1%3a2.66-4+b1_all.imasigs.zst",
            ),
            (["lib", "0:1~", "i386"], "lib/lib/lib_1~_i386.imasigs.zst"),
            (["x", "0:1:2", "all"], "x/x/x_0%3a1%3a2_all.imasigs.zst"),
            (
                ["a_b.c", "1:2:3-4-5", "kfreebsd-i386"],
                "a/a_b.c/a_b.c_1%3a2%3a3-4-5_kfreebsd-i386.imasigs.zst",
            ),
        ] {
            assert_eq!(path(fields).as_deref(), Ok(place));
        }
    }

    #[test]
    fn nothing_leads_out_of_the_tree() {
        let (package, version, architecture) = ("hello", "1.0", "amd64");
        for bad in [
            "", ".", "..", "../x", "/x", ".x", "-x", "x/y", "x y", "x\n", "x\0", "\u{e9}", "x%2f",
        ] {
            let invalid = |fields| {
                let refused = matches!(path(fields), Err(NameError::Invalid { .. }));
                assert!(refused, "{fields:?}");
            };
            invalid([bad, version, architecture]);
            invalid([package, version, bad]);
            // A version may begin with any of its characters, and is never a component of its own.
            if !matches!(bad, "." | ".." | ".x") {
                invalid([package, bad, architecture]);
            }
        }
        for bad in [
            "1_2",
            "1-",
            "-1",
            ":1",
            "x:1",
            "+1:1",
            "1:",
            "2147483648:1",
            "1-2:3",
        ] {
            assert!(path([package, bad, architecture]).is_err(), "{bad}");
        }
        let long = "x".repeat(FILE_NAME_MAX);
        let too_long = path([&long, version, architecture]);
        assert_eq!(too_long, Err(NameError::TooLong));
    }

    #[test]
    fn other_files_of_a_tree_are_no_lists() {
        for other in [
            "h/hello/hello_1_amd64.imasigs",
            "hello_1_amd64.imasigs.zst",
            "x/hello/hello_1_amd64.imasigs.zst",
            "h/hello/hello_1_.imasigs.zst",
            "h/hello/hello_1%3A1_all.imasigs.zst",
            "h/hello/hello_0%3a1_all.imasigs.zst",
            "h/Hello/Hello_1_all.imasigs.zst",
            "h/hello/.hello_1_all.imasigs.zst",
            "",
        ] {
            assert_eq!(ListName::parse(other), None, "{other}");
        }
    }
}
