//! The files without which no system comes up: init, the shell, the loader and the C library.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// A file without which the machine does not boot.
#[derive(Debug)]
pub(in crate::tasks) struct BootFile {
    /// The path by which it is opened at boot, which may be a symlink.
    pub path: PathBuf,
    /// Opened with symlinks followed beneath the root; none if there is no such file.
    pub file: Option<File>,
}

/// How the names begin of the loaders of Debian's architectures, of the C library, and of systemd's own libraries.
const LIBRARIES: [&[u8]; 5] = [
    b"ld-linux",
    b"ld64.so",
    b"ld.so.1",
    b"libc.so.6",
    b"libsystemd-",
];
/// The folders that may hold them, besides those of architectures such as `lib/x86_64-linux-gnu`.
const FOLDERS: [&str; 3] = ["lib", "lib64", "lib/systemd"];

/// Init, the shell, and every loader and library of [`LIBRARIES`] that the root has. Init and the shell are among them even if
/// they are missing.
///
/// # Errors
/// If a folder cannot be read, or a file that is there not be opened.
pub(in crate::tasks) fn boot_files(root: &Root, init: &Path) -> Result<Vec<BootFile>, SystemError> {
    let mut paths = vec![init.to_owned(), PathBuf::from("/bin/sh")];
    let mut folders: Vec<_> = FOLDERS.iter().map(PathBuf::from).collect();
    for name in names(root, Path::new("lib"))? {
        if name.windows(6).any(|part| part == b"-linux") {
            let folder = Path::new("lib").join(OsStr::from_bytes(&name));
            folders.extend([folder.join("systemd"), folder]);
        }
    }
    for folder in folders {
        for name in names(root, &folder)? {
            if LIBRARIES.iter().any(|start| name.starts_with(start)) {
                paths.push(Path::new("/").join(&folder).join(OsStr::from_bytes(&name)));
            }
        }
    }
    let open = |path: PathBuf| {
        let file = root.open_file_followed(&path)?;
        Ok(BootFile { path, file })
    };
    paths.into_iter().map(open).collect()
}

fn names(root: &Root, folder: &Path) -> Result<Vec<Vec<u8>>, SystemError> {
    // The dot: the links of merged /usr are to be followed.
    let Some(folder) = root.open_folder(&folder.join("."))? else {
        return Ok(Vec::new());
    };
    let mut names = folder.names()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_beneath_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("usr/lib/x86_64-linux-gnu")).unwrap();
        fs::create_dir_all(at("usr/bin")).unwrap();
        symlink("usr/lib", at("lib")).unwrap();
        symlink("usr/bin", at("bin")).unwrap();
        fs::write(at("usr/lib/x86_64-linux-gnu/libc.so.6"), "c").unwrap();
        fs::write(at("usr/lib/x86_64-linux-gnu/libm.so.6"), "m").unwrap();
        fs::write(at("usr/bin/dash"), "sh").unwrap();
        symlink("/bin/dash", at("usr/bin/sh")).unwrap();
        let files = boot_files(&Root::open(folder.path()).unwrap(), Path::new("/sbin/init"));
        let found: Vec<_> = files
            .unwrap()
            .into_iter()
            .map(|boot| (boot.path.to_str().unwrap().to_owned(), boot.file.is_some()))
            .collect();
        let expected = [
            ("/sbin/init", false),
            ("/bin/sh", true),
            ("/lib/x86_64-linux-gnu/libc.so.6", true),
        ];
        assert_eq!(
            found,
            expected.map(|(path, there)| (path.to_owned(), there))
        );
    }
}
