//! The .debs that a command's argument stands for: a file, or every package of a folder.

use std::fmt;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::ops::AddAssign;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::machine::error::SystemError;

/// Extensions of packages: those that dpkg installs, those of Debian's installer, and Ubuntu's debugging symbols.
const EXTENSIONS: [&str; 3] = ["deb", "udeb", "ddeb"];

/// The folder in an output folder that whoever writes there keeps for itself. No package is looked for in it.
pub const PRIVATE_FOLDER: &str = ".dpkg-ima";

/// Whether the name, whatever the file holds, is a package's: `*.deb`, `*.udeb` or `*.ddeb`.
#[must_use]
pub fn is_deb(name: &Path) -> bool {
    let extension = name.extension();
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}

/// The .debs that an argument stands for.
#[derive(Debug, Default)]
pub struct FoundDebs {
    /// Sorted by path. A file or folder that cannot be read is an error among them; the search goes on without it.
    pub debs: Vec<Result<PathBuf, SystemError>>,
    /// How much else is in the folder.
    pub left_out: OtherFiles,
}

/// How many things that are no .debs a folder holds. Prints as "2 files that are no .deb, 1 link to a folder".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherFiles {
    /// Files, and links to files, without the name of a package.
    pub files: usize,
    /// Symlinks to folders, which are not followed.
    pub links: usize,
    /// Symlinks to nothing, with the name of a package.
    pub dangling: usize,
    /// Folders that the packages go to.
    pub outputs: usize,
}

impl OtherFiles {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files == 0 && self.links == 0 && self.dangling == 0 && self.outputs == 0
    }
}

impl AddAssign for OtherFiles {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.links += other.links;
        self.dangling += other.dangling;
        self.outputs += other.outputs;
    }
}

impl fmt::Display for OtherFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            counted(self.files, "file that is no .deb", "files that are no .deb"),
            counted(self.links, "link to a folder", "links to folders"),
            counted(self.dangling, "link to nothing", "links to nothing"),
            counted(self.outputs, "output folder", "output folders"),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

/// `2 things`; none if there are none.
fn counted(number: usize, one: &str, many: &str) -> Option<String> {
    let things = if number == 1 { one } else { many };
    (number > 0).then(|| format!("{number} {things}"))
}

/// Finds the .debs that an argument stands for: a file is one, whatever its name; a folder stands for every file
/// beneath it that [`is_deb`]. Symlinks to folders are followed in the argument only, so that no circle of them is
/// walked.
#[must_use]
pub fn find_debs(argument: &Path) -> FoundDebs {
    find(argument, None)
}

/// The same, but for the packages in a folder that they go to, if that is beneath the argument: else they would be signed once
/// more at each run, into a folder within the folder.
#[must_use]
pub fn find_debs_outside(argument: &Path, output: &Path) -> FoundDebs {
    let output = fs::metadata(output);
    find(argument, output.ok().map(|there| identity(&there)))
}

/// Device and inode.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn find(argument: &Path, output: Option<(u64, u64)>) -> FoundDebs {
    let mut found = FoundDebs::default();
    let mut folders = Vec::new();
    match fs::metadata(argument) {
        Ok(there) if there.is_dir() => folders.push(argument.to_owned()),
        Ok(there) => found.debs.push(regular(argument, there.file_type())),
        Err(error) => found
            .debs
            .push(Err(SystemError::at("open", argument)(error))),
    }
    while let Some(folder) = folders.pop() {
        if let Err(error) = look_into(&folder, output, &mut folders, &mut found) {
            found.debs.push(Err(error));
        }
    }
    let path = |found: &Result<PathBuf, SystemError>| match found {
        Ok(path) => path.clone(),
        Err(error) => error.path.clone(),
    };
    found.debs.sort_by_cached_key(path);
    found
}

fn look_into(
    folder: &Path,
    output: Option<(u64, u64)>,
    folders: &mut Vec<PathBuf>,
    found: &mut FoundDebs,
) -> Result<(), SystemError> {
    for entry in fs::read_dir(folder).map_err(SystemError::at("list", folder))? {
        let entry = entry.map_err(SystemError::at("list", folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(SystemError::at("open", &path))?;
        if kind.is_dir() {
            let is_output = |there: Metadata| Some(identity(&there)) == output;
            if output.is_some() && entry.metadata().is_ok_and(is_output) {
                found.left_out.outputs += 1;
            } else if entry.file_name() != PRIVATE_FOLDER {
                folders.push(path);
            }
        } else {
            sort_in(path, kind, found);
        }
    }
    Ok(())
}

/// Sorts a directory entry that is no folder.
fn sort_in(path: PathBuf, kind: FileType, found: &mut FoundDebs) {
    let kind = if kind.is_symlink() {
        fs::metadata(&path).map(|there| there.file_type())
    } else {
        Ok(kind)
    };
    match kind {
        Ok(kind) if kind.is_dir() => found.left_out.links += 1,
        _ if !is_deb(&path) => found.left_out.files += 1,
        Ok(kind) => found.debs.push(regular(&path, kind)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => found.left_out.dangling += 1,
        Err(error) => found.debs.push(Err(SystemError::at("open", &path)(error))),
    }
}

/// SECURITY: opening a pipe waits for its writer, and opening a device may start something: neither is opened.
fn regular(path: &Path, kind: FileType) -> Result<PathBuf, SystemError> {
    if kind.is_file() {
        return Ok(path.to_owned());
    }
    let special = io::Error::other("neither a file nor a folder");
    Err(SystemError::at("read", path)(special))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    /// File names of what was found; those that came as errors in capitals.
    fn names(found: &FoundDebs) -> Vec<String> {
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let row = |found: &Result<PathBuf, SystemError>| match found {
            Ok(path) => name(path),
            Err(error) => name(&error.path).to_uppercase(),
        };
        found.debs.iter().map(row).collect()
    }

    #[test]
    fn everything_in_a_pool_is_a_package_an_error_or_counted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("x.deb/deeper")).unwrap();
        fs::create_dir(at(PRIVATE_FOLDER)).unwrap();
        let files = [
            "a.deb",
            "x.deb/deeper/b.udeb",
            "c.ddeb",
            "d.dsc",
            "deb",
            "e.deb.asc",
            ".dpkg-ima/n.deb",
        ];
        for name in files {
            fs::write(at(name), "").unwrap();
        }
        for (name, target) in [
            ("f.deb", "a.deb"),
            ("g.deb", "nowhere"),
            ("h", "nowhere"),
            ("i", "d.dsc"),
            ("j.deb", "x.deb"),
            ("k", "."),
            ("m.deb", "m.deb"),
        ] {
            symlink(target, at(name)).unwrap();
        }
        drop(UnixListener::bind(at("l.deb")).unwrap());
        let found = find_debs(folder.path());
        assert_eq!(
            names(&found),
            ["a.deb", "c.ddeb", "f.deb", "L.DEB", "M.DEB", "b.udeb"]
        );
        assert_eq!(
            found.left_out,
            OtherFiles {
                files: 5,
                links: 2,
                dangling: 1,
                outputs: 0
            }
        );
        let text = found.left_out.to_string();
        assert_eq!(
            text,
            "5 files that are no .deb, 2 links to folders, 1 link to nothing"
        );
    }

    #[test]
    fn the_folder_that_packages_go_to_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("deeper/out")).unwrap();
        symlink("deeper/out", at("link")).unwrap();
        for name in ["a.deb", "deeper/b.deb", "deeper/out/c.deb"] {
            fs::write(at(name), "").unwrap();
        }
        for output in ["deeper/out", "deeper/../deeper/out", "link"] {
            let found = find_debs_outside(folder.path(), &at(output));
            assert_eq!(names(&found), ["a.deb", "b.deb"]);
            assert_eq!(found.left_out.outputs, 1);
        }
        // What is named is meant.
        let found = find_debs_outside(&at("deeper/out"), &at("deeper/out"));
        assert_eq!(names(&found), ["c.deb"]);
        assert_eq!(
            names(&find_debs_outside(folder.path(), &at("none"))).len(),
            3
        );
    }

    #[test]
    fn a_file_that_is_named_is_meant_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("package");
        fs::write(&file, "").unwrap();
        assert_eq!(names(&find_debs(&file)), ["package"]);
        assert_eq!(names(&find_debs(&folder.path().join("none"))), ["NONE"]);
        assert_eq!(names(&find_debs(Path::new("/dev/null"))), ["NULL"]);
    }
}
