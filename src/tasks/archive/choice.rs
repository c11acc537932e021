//! Which packages of an archive are meant.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use super::error::ArchiveError;
use super::limits::CHOICE_MAX;
use crate::dpkg::{PackageName, unpacked_builds};
use crate::format::packages_index::IndexedPackage;
use crate::format::tree::ListName;
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// What a package must be like. What was not given chooses nothing away.
#[derive(Debug, Default)]
pub struct Choice {
    names: Option<HashSet<PackageName>>,
    sections: Vec<String>,
    installed: Option<HashSet<ListName>>,
}

/// What was chosen and met in no index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unmet {
    /// Names of packages, sorted.
    pub names: Vec<PackageName>,
    /// How many installed packages are not there in their version.
    pub installed: usize,
}

impl Choice {
    /// Reads it: a file of names, one a line (`bash`, `libc6:i386`, and `#` before a remark); sections; the dpkg status of a
    /// machine, whose installed packages are meant in the versions that they have there.
    ///
    /// # Errors
    /// If a file cannot be read, or a line is no name.
    pub fn read(
        names: Option<&Path>,
        sections: &[String],
        status: Option<&Path>,
    ) -> Result<Self, ArchiveError> {
        let installed = status.map(|path| Ok::<_, ArchiveError>(installed(&read(path)?)));
        Ok(Self {
            names: names.map(read_names).transpose()?,
            sections: sections.to_vec(),
            installed: installed.transpose()?,
        })
    }

    /// Whether a package is meant. What meets a wish is taken out of `unmet`.
    pub(super) fn takes(&self, package: &IndexedPackage, unmet: &mut Wishes) -> bool {
        let section = package.section.as_bytes();
        // SPEC: Debian Policy 2.4: packages outside of main have the area before it, as in `contrib/net`.
        let last = section.rsplit(|&byte| byte == b'/').next();
        let of = |wanted: &String| Some(wanted.as_bytes()) == last || wanted.as_bytes() == section;
        let installed = |wanted: &HashSet<ListName>| wanted.contains(&package.name);
        // Looked up in any case: it is there, whatever else is asked for.
        let names = self.names.as_ref();
        let named = names.is_none_or(|names| is_named(&package.name, names, unmet));
        let taken = named
            && (self.sections.is_empty() || self.sections.iter().any(of))
            && self.installed.as_ref().is_none_or(installed);
        if taken {
            unmet.installed.remove(&package.name);
        }
        taken
    }

    /// Everything that was asked for by name.
    pub(super) fn wishes(&self) -> Wishes {
        Wishes {
            names: self.names.clone().unwrap_or_default(),
            installed: self.installed.clone().unwrap_or_default(),
        }
    }
}

/// What was asked for by name, and has not been met so far.
#[derive(Debug)]
pub(super) struct Wishes {
    names: HashSet<PackageName>,
    installed: HashSet<ListName>,
}

impl Wishes {
    pub(super) fn into_unmet(self) -> Unmet {
        let mut names: Vec<_> = self.names.into_iter().collect();
        names.sort();
        Unmet {
            names,
            installed: self.installed.len(),
        }
    }
}

/// Whether a package is named, with its architecture or without.
fn is_named(name: &ListName, names: &HashSet<PackageName>, unmet: &mut Wishes) -> bool {
    let package = name.package();
    let spelt = [
        package.to_owned(),
        format!("{package}:{}", name.architecture()),
    ];
    let mut named = false;
    for name in spelt.iter().filter_map(|name| PackageName::new(name)) {
        unmet.names.remove(&name);
        named |= names.contains(&name);
    }
    named
}

fn read(path: &Path) -> Result<Vec<u8>, ArchiveError> {
    let file = open_named(path).map_err(SystemError::at("open", path))?;
    let mut text = Vec::new();
    let read = file.take(CHOICE_MAX + 1).read_to_end(&mut text);
    read.map_err(SystemError::at("read", path))?;
    match text.len() as u64 > CHOICE_MAX {
        true => Err(ArchiveError::Choice(path.to_owned())),
        false => Ok(text),
    }
}

fn read_names(path: &Path) -> Result<HashSet<PackageName>, ArchiveError> {
    let text = read(path)?;
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let name = |line: &[u8]| {
        let name = std::str::from_utf8(line).ok().and_then(PackageName::new);
        name.ok_or_else(|| ArchiveError::Name {
            path: path.to_owned(),
            line: line.into(),
        })
    };
    lines.map(name).collect()
}

/// What has no place in a tree is in no archive either.
fn installed(status: &[u8]) -> HashSet<ListName> {
    let names = unpacked_builds(status).filter_map(|build| {
        let fields = [build.package, build.version, build.architecture].map(Into::into);
        let [package, version, architecture] = &fields;
        ListName::new(package, version, architecture).ok()
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::{Digest, HashAlgorithm};

    fn package(name: &str, version: &str, architecture: &str, section: &str) -> IndexedPackage {
        let fields = [name, version, architecture].map(Into::into);
        IndexedPackage {
            name: ListName::new(&fields[0], &fields[1], &fields[2]).unwrap(),
            source: name.into(),
            section: section.into(),
            path: "x.deb".into(),
            size: 1,
            digest: Digest::of(HashAlgorithm::Sha256, b""),
        }
    }

    fn taken(choice: &Choice) -> (Vec<&'static str>, Unmet) {
        let packages = [
            ("bash", package("bash", "5.2-1", "amd64", "shells")),
            ("libc6", package("libc6", "2.36-9", "amd64", "libs")),
            ("libc6:i386", package("libc6", "2.36-9", "i386", "libs")),
            ("steam", package("steam", "1:1.0", "i386", "contrib/games")),
        ];
        let mut wishes = choice.wishes();
        let taken = packages
            .iter()
            .filter(|(_, package)| choice.takes(package, &mut wishes));
        (taken.map(|(name, _)| *name).collect(), wishes.into_unmet())
    }

    fn choose(
        names: Option<&str>,
        sections: &[&str],
        status: Option<&str>,
    ) -> Result<Choice, ArchiveError> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let names = names.map(|text| file("names", text));
        let status = status.map(|text| file("status", text));
        let sections: Vec<_> = sections.iter().map(|&section| section.to_owned()).collect();
        Choice::read(names.as_deref(), &sections, status.as_deref())
    }

    #[test]
    fn what_is_not_given_chooses_nothing_away() {
        assert_eq!(taken(&Choice::default()).0.len(), 4);
    }

    #[test]
    fn names_with_and_without_an_architecture() {
        let choice = choose(Some("# base\nbash\n libc6:i386\n\nzsh\n"), &[], None).unwrap();
        let (names, unmet) = taken(&choice);
        assert_eq!(names, ["bash", "libc6:i386"]);
        assert_eq!(unmet.names, [PackageName::new("zsh").unwrap()]);
        let wrong = choose(Some("bash\n../x\n"), &[], None);
        assert!(matches!(wrong, Err(ArchiveError::Name { .. })));
    }

    #[test]
    fn sections_of_every_area() {
        assert_eq!(taken(&choose(None, &["games"], None).unwrap()).0, ["steam"]);
        assert_eq!(
            taken(&choose(None, &["contrib/games"], None).unwrap()).0,
            ["steam"]
        );
        let two = choose(Some("bash\nlibc6\n"), &["libs"], None).unwrap();
        assert_eq!(taken(&two).0, ["libc6", "libc6:i386"]);
    }

    #[test]
    fn what_a_machine_has_in_its_version() {
        let status = "Package: bash\nStatus: install ok installed\nVersion: 5.2-1\nArchitecture: amd64\n\n\
             Package: libc6\nStatus: install ok installed\nVersion: 2.36-8\nArchitecture: amd64\n\n\
             Package: steam\nStatus: deinstall ok config-files\nVersion: 1:1.0\nArchitecture: i386\n";
        let (names, unmet) = taken(&choose(None, &[], Some(status)).unwrap());
        assert_eq!(names, ["bash"]);
        assert_eq!(unmet.installed, 1);
    }
}
