//! The files without which no system comes up: init, the shell, the loader and the C library.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
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

/// Init, the shell, and every loader and library of [`LIBRARIES`] that the root has for their architecture. Init and the shell are
/// among them even if they are missing.
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
        for name in names(root, &folder)?
            .into_iter()
            .filter(|name| !is_dpkgs(name))
        {
            if LIBRARIES.iter().any(|start| name.starts_with(start)) {
                paths.push(Path::new("/").join(&folder).join(OsStr::from_bytes(&name)));
            }
        }
    }
    let open = |path: PathBuf| {
        let file = root.open_file_followed(&path)?;
        Ok(BootFile { path, file })
    };
    let files: Vec<_> = paths.into_iter().map(open).collect::<Result<_, _>>()?;
    let opened = files.iter().take(2).filter_map(|boot| boot.file.as_ref());
    let native = opened.filter_map(Machine::of).next();
    let is_foreign = |boot: &BootFile| {
        let machine = boot.file.as_ref().and_then(Machine::of);
        native.is_some() && machine.is_some() && machine != native
    };
    Ok(files.into_iter().filter(|boot| !is_foreign(boot)).collect())
}

/// What dpkg has put beside a file and not moved to its name, or left there: nothing opens it at boot.
fn is_dpkgs(name: &[u8]) -> bool {
    name.windows(6).any(|part| part == b".dpkg-")
}

/// For which processors an ELF file is. SPEC: elf(5): class and order of bytes at 4 and 5, e_machine at 18.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Machine {
    class: [u8; 2],
    machine: [u8; 2],
}

impl Machine {
    /// None if it is no ELF file, as an init that is a script.
    fn of(file: &File) -> Option<Self> {
        let mut head = [0; 20];
        file.read_exact_at(&mut head, 0).ok()?;
        head.starts_with(b"\x7fELF").then_some(Self {
            class: [head[4], head[5]],
            machine: [head[18], head[19]],
        })
    }
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
        // Half of one is there when the power failed while it was unpacked.
        fs::write(at("usr/lib/x86_64-linux-gnu/libc.so.6.dpkg-new"), "").unwrap();
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

    #[test]
    fn libraries_of_foreign_architectures_boot_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, class: u8, machine: u8| {
            let mut head = [0; 20];
            head[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1]);
            head[18] = machine;
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, head).unwrap();
        };
        write("bin/sh", 2, 62);
        write("lib/x86_64-linux-gnu/libc.so.6", 2, 62);
        write("lib/i386-linux-gnu/libc.so.6", 1, 3);
        write("lib/ld-linux.so.2", 1, 3);
        let root = Root::open(folder.path()).unwrap();
        let found = || {
            let files = boot_files(&root, Path::new("/sbin/init")).unwrap();
            let paths = files.into_iter().map(|boot| boot.path);
            paths.collect::<Vec<_>>()
        };
        let native = ["/sbin/init", "/bin/sh", "/lib/x86_64-linux-gnu/libc.so.6"];
        assert_eq!(found(), native.map(PathBuf::from));
        // Where it cannot be told what is native, all count.
        fs::write(folder.path().join("bin/sh"), "#!x").unwrap();
        assert_eq!(found().len(), 5);
    }
}
