//! The names of packages, as dpkg knows them.

use std::fmt;

/// Stands for the package whose control members are in `tmp.ci`, where dpkg unpacks them, and whose name is not known.
/// No name of a package has a slash, whereas `tmp.ci` could be one.
const UNPACKING: &str = "tmp.ci/";
/// Stands for the programs that no package brought. No name of a package has such brackets.
const LOCAL: &str = "(local)";

/// A package, as the files in `info/` name it: `libc6:amd64` where it is Multi-Arch: same, `bash` otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// Longest name that we take, in bytes: dpkg cannot write the file `NAME.list-new` of a longer one.
    const MAX: usize = 246;

    /// The package that dpkg means by such a name: in lower case, but the architecture as it is. None if dpkg refuses
    /// it.
    ///
    /// SPEC: `pkg_name_is_invalid()`, `dpkg_arch_name_is_invalid()`, and `pkg_hash_find_set()` for the case.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let (package, architecture) = match name.split_once(':') {
            Some((package, architecture)) => (package, Some(architecture)),
            None => (name, None),
        };
        let plain = |text: &str, more: &[u8]| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
            text.starts_with(|first: char| first.is_ascii_alphanumeric())
                && text.bytes().all(allowed)
        };
        let good = name.len() <= Self::MAX
            && plain(package, b"-+._")
            && architecture.is_none_or(|architecture| plain(architecture, b"-"));
        let mut name = name.to_owned();
        name.get_mut(..package.len())?.make_ascii_lowercase();
        good.then_some(Self(name))
    }

    /// The package of a file in `info/`; none for a name in upper case, which dpkg does not find there.
    #[must_use]
    pub fn in_info(name: &str) -> Option<Self> {
        Self::new(name).filter(|known| known.0 == name)
    }

    /// Reads what [`Self::as_str`] gave, [`Self::unpacking`] and [`Self::local`] too.
    #[must_use]
    pub fn recorded(name: &str) -> Option<Self> {
        if name == UNPACKING {
            return Some(Self::unpacking());
        }
        if name == LOCAL {
            return Some(Self::local());
        }
        Self::in_info(name)
    }

    /// The package that dpkg is unpacking, or was when it was killed, whose name is not known.
    #[must_use]
    pub fn unpacking() -> Self {
        Self(UNPACKING.to_owned())
    }

    /// Whether it is [`Self::unpacking`].
    #[must_use]
    pub fn is_unpacking(&self) -> bool {
        self.0 == UNPACKING
    }

    /// Stands for programs that no package brought, where a package is named: they have a list of their own.
    #[must_use]
    pub fn local() -> Self {
        Self(LOCAL.to_owned())
    }

    /// Whether it is [`Self::local`].
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0 == LOCAL
    }

    /// As dpkg writes it, with the architecture where the name has one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The architecture, where the name has one.
    #[must_use]
    pub fn architecture(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, architecture)| architecture)
    }

    /// Without the architecture.
    #[must_use]
    pub fn without_architecture(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(name, _)| name)
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_dpkg_refuses_are_none() {
        let longest = "x".repeat(PackageName::MAX);
        for good in [
            "bash",
            "libc6:amd64",
            "g++-12",
            "python3.11",
            "a_b",
            "tmp.ci",
            &longest,
        ] {
            assert!(PackageName::new(good).is_some(), "{good}");
        }
        let longer = "x".repeat(PackageName::MAX + 1);
        for bad in [
            "", "..", ".x", "-x", "a/b", "a b", "a\n", "é", "a:", ":a", "a:b:c", "a:b_c",
            "tmp.ci/", "(local)", &longer,
        ] {
            assert!(PackageName::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_in_lower_case_and_an_architecture_as_it_is() {
        let name = PackageName::new("Foo_Bar:AMD64").unwrap();
        assert_eq!(name.as_str(), "foo_bar:AMD64");
        assert_eq!(name.architecture(), Some("AMD64"));
        assert_eq!(PackageName::in_info("foo_bar:AMD64"), Some(name));
        assert_eq!(PackageName::in_info("Foo_Bar:AMD64"), None);
    }

    #[test]
    fn no_package_is_taken_for_what_is_being_unpacked() {
        let unpacking = PackageName::unpacking();
        assert_eq!(PackageName::recorded(unpacking.as_str()), Some(unpacking));
        assert!(!PackageName::new("tmp.ci").unwrap().is_unpacking());
        assert_eq!(PackageName::recorded("Bash"), None);
        let local = PackageName::local();
        assert_eq!(PackageName::recorded(local.as_str()), Some(local));
    }
}
