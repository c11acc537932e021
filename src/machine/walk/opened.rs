//! A file that was opened by its path, seen as a walk would have seen it.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use super::ProgramFile;
use super::program::{ELF, PERMISSIONS};
use crate::machine::fs_magic::fs_magic;

impl ProgramFile {
    /// The properties of an open file; the path is from the root. The place at which the file is read next stays.
    ///
    /// # Errors
    /// If it cannot be examined or read.
    pub fn of_opened(path: PathBuf, file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let mut start = [0; ELF.len()];
        let is_elf = match file.read_exact_at(&mut start, 0) {
            Ok(()) => start == *ELF,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(error),
        };
        Ok(Self {
            path,
            mode: metadata.mode() & PERMISSIONS,
            owner: metadata.uid(),
            group: metadata.gid(),
            fs_magic: fs_magic(file)?,
            is_elf,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Mutex;

    use super::*;
    use crate::machine::root::Root;
    use crate::machine::walk::walk;

    #[test]
    fn a_walk_sees_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("elf", &b"\x7fELF..."[..]),
            ("script", b"#!/bin/sh\n"),
            ("short", b"\x7fE"),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o4751)).unwrap();
        }
        let root = Root::open(folder.path()).unwrap();
        let seen = Mutex::new(Vec::new());
        let errors = walk(&root, |met| {
            seen.lock().unwrap().push(met.program_file()?);
            Ok(())
        });
        assert!(errors.unwrap().is_empty());
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen.iter().filter(|file| file.is_elf).count(), 1);
        for file in seen {
            let opened = root.open_file(&file.path).unwrap().unwrap();
            let of_opened = ProgramFile::of_opened(file.path.clone(), &opened).unwrap();
            assert_eq!(of_opened, file);
        }
    }
}
