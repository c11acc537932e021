//! Diversions: where dpkg puts a file that another package, or the administrator, diverted.

use std::collections::HashMap;

use super::PackageName;
use crate::format::package_path::PackagePath;

/// The diversions in force.
///
/// SPEC: `/var/lib/dpkg/diversions`: three lines a diversion, the path, the path it is diverted to,
/// and the package that diverted it and keeps the path; `:` for the administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diversions {
    /// Where to, and who diverted it.
    of_paths: HashMap<PackagePath, (PackagePath, String)>,
    malformed: Vec<usize>,
}

impl Diversions {
    /// Parses the file. A record that is not well-formed is left out: a path is only a hint where to look. Its line is in
    /// [`Self::malformed`].
    #[must_use]
    pub fn parse(content: &[u8]) -> Self {
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        let lines: Vec<&[u8]> = content.split(|&byte| byte == b'\n').collect();
        let mut diversions = Self::default();
        if content.is_empty() {
            return diversions;
        }
        let record = |lines: &[&[u8]]| {
            let [from, to, owner] = lines else {
                return None;
            };
            let owner = String::from_utf8_lossy(owner).to_ascii_lowercase();
            Some((
                PackagePath::new(from).ok()?,
                (PackagePath::new(to).ok()?, owner),
            ))
        };
        for (at, lines) in lines.chunks(3).enumerate() {
            match record(lines) {
                Some((from, to)) => drop(diversions.of_paths.insert(from, to)),
                None => diversions.malformed.push(at * 3 + 1),
            }
        }
        diversions
    }

    /// The lines, counted from 1, at which records begin that were left out.
    #[must_use]
    pub fn malformed(&self) -> &[usize] {
        &self.malformed
    }

    /// The path at which that package's file is: the diverted one, unless the package diverted it itself.
    #[must_use]
    pub fn resolve<'a>(&'a self, path: &'a PackagePath, package: &PackageName) -> &'a PackagePath {
        match self.of_paths.get(path) {
            Some((to, owner)) if owner != package.without_architecture() => to,
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diverting_package_keeps_the_path() {
        let file = b"/bin/sh\n/bin/sh.distrib\nDash\n/usr/bin/x\n/usr/bin/x.real\n:\ncut off\n";
        let diversions = Diversions::parse(file);
        assert_eq!(diversions.malformed(), [7]);
        let resolve = |path: &[u8], package: &str| {
            let path = PackagePath::new(path).unwrap();
            let package = PackageName::new(package).unwrap();
            diversions.resolve(&path, &package).as_bytes().to_vec()
        };
        assert_eq!(resolve(b"/bin/sh", "bash"), b"bin/sh.distrib");
        assert_eq!(resolve(b"/bin/sh", "dash"), b"bin/sh");
        assert_eq!(resolve(b"/bin/sh", "dash:amd64"), b"bin/sh");
        assert_eq!(resolve(b"/usr/bin/x", "dash"), b"usr/bin/x.real");
        assert_eq!(resolve(b"/usr/bin/y", "dash"), b"usr/bin/y");
    }

    #[test]
    fn records_that_are_left_out_are_told_by_their_lines() {
        for (file, malformed) in [
            (&b""[..], &[][..]),
            (b"/a\n/b\nx\n", &[]),
            (b"/a\n/b\nx", &[]),
            (b"/a\n/../b\nx\n", &[1]),
            (b"/a\n/b\nx\n\n\n\n/a\n/c\n", &[4, 7]),
        ] {
            assert_eq!(Diversions::parse(file).malformed(), malformed);
        }
    }
}
