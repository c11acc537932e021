//! The .debs of `--from` that are worth opening.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::contents::{OtherFiles, find_debs};
use crate::machine::error::SystemError;

/// A .deb that may be of a package that is wanted.
pub(super) struct OfferedDeb {
    pub(super) deb: PathBuf,
    /// Whether an argument named the .deb itself, and not a folder that it is in.
    pub(super) named: bool,
}

/// The .debs that arguments stand for, and the files that are not used.
#[derive(Default)]
pub(super) struct OfferedDebs {
    pub(super) debs: Vec<OfferedDeb>,
    pub(super) unreadable: Vec<SystemError>,
    pub(super) passed_over: PassedOver,
}

/// Files that `--from` named and that are not used, as is to be expected of a folder. Prints as a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// The number of .debs in folders that no package without a list is of.
    pub debs: usize,
    /// The other files, which are no .debs.
    pub left_out: OtherFiles,
}

impl PassedOver {
    /// Whether every file was used.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.debs == 0 && self.left_out.is_empty()
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let debs = match self.debs {
            0 => None,
            1 => Some("1 .deb of another package, version or architecture".to_owned()),
            count => Some(format!(
                "{count} .debs of other packages, versions or architectures"
            )),
        };
        let left_out = (!self.left_out.is_empty()).then(|| self.left_out.to_string());
        let parts: Vec<_> = debs.into_iter().chain(left_out).collect();
        write!(f, "--from: not used: {}", parts.join(", "))
    }
}

impl OfferedDebs {
    /// Finds the .debs, without those in folders whose names say that they are of packages which are not wanted.
    pub(super) fn find(from: &[PathBuf], wanted: &HashSet<&str>) -> Self {
        let mut offered = Self::default();
        for argument in from {
            let found = find_debs(argument);
            offered.passed_over.left_out += found.left_out;
            for found in found.debs {
                match found {
                    Ok(deb) => offered.take(deb, argument, wanted),
                    Err(error) => offered.unreadable.push(error),
                }
            }
        }
        offered
    }

    fn take(&mut self, deb: PathBuf, argument: &Path, wanted: &HashSet<&str>) {
        let named = deb == argument;
        if named || may_be_wanted(&deb, wanted) {
            self.debs.push(OfferedDeb { deb, named });
        } else {
            self.passed_over.debs += 1;
        }
    }
}

/// Whether a .deb may be of a package that is wanted. Its usual name, `PACKAGE_VERSION_ARCHITECTURE.deb`, is believed,
/// so that not every file of a mirror is opened. apt and mirrors write `:`, `_` and more of it as `%3a`, `%5f`, and dpkg takes
/// a package's name in any case.
fn may_be_wanted(deb: &Path, wanted: &HashSet<&str>) -> bool {
    let name = deb.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    match name.split('_').collect::<Vec<_>>()[..] {
        [package, _, _] => wanted.contains(&*decoded(package).to_ascii_lowercase()),
        _ => true,
    }
}

/// Decodes `%` escapes. SPEC: RFC 3986, 2.1. A `%` without two hexadecimal digits stands for itself.
fn decoded(name: &str) -> String {
    let mut parts = name.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..2).map(|digits| u8::from_str_radix(digits, 16));
        match digits {
            Some(Ok(byte)) if byte.is_ascii() => {
                text.push(char::from(byte));
                text.push_str(&part[2..]);
            }
            _ => {
                text.push('%');
                text.push_str(part);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_say_which_package_it_is_as_mirrors_write_them() {
        let wanted = HashSet::from(["libstdc++6", "foo", "a_b"]);
        for good in [
            "libstdc++6_1_amd64.deb",
            "libstdc%2b%2B6_1%3a2-3_amd64.deb",
            "Foo_1_all.deb",
            "foo_1_all.ddeb",
            "a%5fb_1_all.deb",
            "a_b_1_all.deb",
            "bar.deb",
            "bar_1.deb",
        ] {
            assert!(may_be_wanted(Path::new(good), &wanted), "{good}");
        }
        for bad in [
            "bar_1_all.deb",
            "foo%_1_all.deb",
            "foo%zz_1_all.deb",
            "%é_1_all.deb",
        ] {
            assert!(!may_be_wanted(Path::new(bad), &wanted), "{bad}");
        }
    }

    #[test]
    fn what_is_not_used_is_counted() {
        let mut passed_over = PassedOver::default();
        assert!(passed_over.is_empty());
        passed_over.debs = 2;
        passed_over.left_out.files = 1;
        let text = "--from: not used: 2 .debs of other packages, versions or architectures, 1 file that is no .deb";
        assert_eq!(passed_over.to_string(), text);
    }
}
