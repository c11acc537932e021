//! Many files of one folder, replaced with one sync of their filesystem.

use std::collections::BTreeSet;
use std::fs::File;

use nix::fcntl::renameat;
use nix::sys::stat::Mode;
use nix::unistd::syncfs;

use crate::machine::error::SystemError;
use crate::machine::folder::{Folder, UNFINISHED};

/// Files that are written beside their places, and take them when [`Self::finish`] is called. Dropped before, it removes
/// what it has written.
#[derive(Debug)]
pub struct Replacements<'a> {
    folder: &'a Folder,
    names: BTreeSet<String>,
    /// One of the files, to name their filesystem.
    file: Option<File>,
}

impl<'a> Replacements<'a> {
    /// Of files in that folder; nothing is written yet.
    #[must_use]
    pub const fn new(folder: &'a Folder) -> Self {
        Self {
            folder,
            names: BTreeSet::new(),
            file: None,
        }
    }

    /// Writes the content beside the place of that name, to be read by its owner only. Where a name is added again, its last
    /// content counts.
    ///
    /// # Errors
    /// If it cannot be written: then nothing is put at the name's place. The other files may still be finished.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<(), SystemError> {
        let beside = format!("{name}{UNFINISHED}");
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        match self.folder.write_beside(&beside, content, mode) {
            Ok(file) => {
                self.file = Some(file);
                self.names.insert(name.to_owned());
                Ok(())
            }
            Err(error) => {
                self.names.remove(name);
                self.folder.remove(&beside)?;
                Err(self.folder.error("write", name)(error))
            }
        }
    }

    /// Puts all files in their places: after a power cut, each is as it was or has the new content, whole.
    ///
    /// # Errors
    /// If a file cannot be put there; it stays as it was, and so do those after it.
    pub fn finish(mut self) -> Result<(), SystemError> {
        if let Some(file) = &self.file {
            let path = self.folder.path();
            syncfs(file).map_err(SystemError::at("sync", path))?;
        }
        while let Some(name) = self.names.pop_last() {
            let beside = format!("{name}{UNFINISHED}");
            renameat(self.folder, beside.as_str(), self.folder, name.as_str())
                .map_err(self.folder.error("write", &name))?;
        }
        self.folder.sync()
    }
}

impl Drop for Replacements<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            if let Err(error) = self.folder.remove(&format!("{name}{UNFINISHED}")) {
                log::warn!("{error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::fd::OwnedFd;

    #[test]
    fn nothing_is_there_before_it_is_finished_and_nothing_is_left_otherwise() {
        let temporary = tempfile::tempdir().unwrap();
        let fd = OwnedFd::from(File::open(temporary.path()).unwrap());
        let folder = Folder::new(fd, temporary.path().to_owned());
        let read = |name| fs::read(temporary.path().join(name)).ok();
        let mut files = Replacements::new(&folder);
        files.add("x", b"1").unwrap();
        assert_eq!(read("x"), None);
        drop(files);
        assert!(folder.names().unwrap().is_empty());
        let mut files = Replacements::new(&folder);
        files.add("x", b"0").unwrap();
        files.add("x", b"1").unwrap();
        fs::create_dir(temporary.path().join("y.new")).unwrap();
        assert!(files.add("y", b"2").is_err());
        fs::remove_dir(temporary.path().join("y.new")).unwrap();
        files.add("z", b"3").unwrap();
        files.finish().unwrap();
        assert_eq!(read("x").as_deref(), Some(&b"1"[..]));
        assert_eq!(read("z").as_deref(), Some(&b"3"[..]));
        assert_eq!(folder.names().unwrap().len(), 2);
    }
}
