//! What changed files were, and what was written to them: `/var/lib/dpkg-ima/setup`.
//!
//! For a file, `KEY.before` is what it was, and is missing if it was not there; `KEY.1`, `KEY.2` and so on is what was
//! written to it. Both are on disk before the file is changed. Without a `KEY.1` nothing was changed.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::stat::Mode;

use super::error::SetupError;
use super::managed_file::ManagedFile;
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::root::Root;

/// Beneath the root. The first of the two is the helper's too.
const FOLDERS: [&str; 2] = ["var/lib/dpkg-ima", "var/lib/dpkg-ima/setup"];
/// Largest file that is changed, in bytes.
const CONTENT_MAX: u64 = 1 << 20;
/// So many contents of one file are kept.
const WRITTEN_MAX: usize = 32;
/// Of a file that is new.
const NEW_MODE: u32 = 0o644;

/// What a file holds, with its permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    bytes: Vec<u8>,
    mode: u32,
}

/// What became of a file that was to be as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restored {
    /// It is as it was, and was so already.
    AsBefore,
    /// It is as it was.
    PutBack,
    /// It is as it was: not there.
    Removed,
    /// It was changed since by somebody else, and is left alone.
    Foreign,
}

/// The kept contents of one root.
pub(super) struct KeptFiles<'a> {
    root: &'a Root,
}

impl<'a> KeptFiles<'a> {
    pub(super) const fn of(root: &'a Root) -> Self {
        Self { root }
    }

    /// The files that were changed, or were about to be.
    pub(super) fn files(&self) -> Result<BTreeSet<ManagedFile>, SystemError> {
        let folder = self.root.open_folder(Path::new(FOLDERS[1]))?;
        let names = folder.map(|folder| folder.names()).transpose()?;
        let names = names.unwrap_or_default().into_iter();
        let file = |name: Vec<u8>| {
            ManagedFile::of_key(std::str::from_utf8(&name).ok()?.strip_suffix(".1")?)
        };
        Ok(names.filter_map(file).collect())
    }

    /// Gives a file that content; its permissions stay. Afterwards it has it, also after a power cut, and [`Self::restore`]
    /// knows what it was.
    ///
    /// # Errors
    /// If it cannot be written, or somebody else has changed it since setup did.
    pub(super) fn put(&self, file: &ManagedFile, bytes: &[u8]) -> Result<(), SetupError> {
        let (folder, current) = (self.make()?, self.current(file)?);
        let written = self.written(file, &folder)?;
        let known = written.iter().any(|one| is(&current, one));
        let before = self.before(file, &folder)?;
        if written.is_empty() {
            self.keep_before(file, &folder, current.as_ref())?;
        } else if !known && current != before {
            return Err(SetupError::Foreign(self.root.display(&file.path())));
        }
        if !written.iter().any(|one| one == bytes) {
            if written.len() == WRITTEN_MAX {
                return Err(SetupError::TooOften(self.root.display(&file.path())));
            }
            let name = format!("{}.{}", file.key(), written.len() + 1);
            folder.replace(&name, bytes)?;
        }
        let mode = current.map_or(NEW_MODE, |current| current.mode);
        Ok(self.write(file, bytes, mode)?)
    }

    /// Whether the file was there before setup changed it.
    ///
    /// # Errors
    /// If that cannot be told.
    pub(super) fn was_there(&self, file: &ManagedFile) -> Result<bool, SystemError> {
        Ok(self.before(file, &self.make()?)?.is_some())
    }

    /// Makes a file what it was before setup changed it. What was kept stays until [`Self::forget`].
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn restore(&self, file: &ManagedFile) -> Result<Restored, SetupError> {
        let (folder, current) = (self.make()?, self.current(file)?);
        let before = self.before(file, &folder)?;
        if current == before {
            return Ok(Restored::AsBefore);
        }
        let written = self.written(file, &folder)?;
        if !written.iter().any(|one| is(&current, one)) {
            return Ok(Restored::Foreign);
        }
        let path = file.path();
        match before {
            Some(before) => {
                self.write(file, &before.bytes, before.mode)?;
                Ok(Restored::PutBack)
            }
            None => {
                if let Some(folder) = self.root.open_folder(parent(&path))? {
                    folder.remove(name(&path))?;
                }
                Ok(Restored::Removed)
            }
        }
    }

    /// Removes what was kept of a file.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub(super) fn forget(&self, file: &ManagedFile) -> Result<(), SystemError> {
        let (folder, key) = (self.make()?, file.key());
        // The first of them last: without it, what is left means nothing.
        for number in (1..=WRITTEN_MAX).rev() {
            folder.remove(&format!("{key}.{number}"))?;
        }
        folder.remove(&format!("{key}.before"))
    }

    /// The folder's end, once nothing is kept in it.
    pub(super) fn tidy_up(&self) {
        let folder = self.root.display(Path::new(FOLDERS[1]));
        // Not empty: something of a file is still kept.
        if let Err(error) = std::fs::remove_dir(folder) {
            log::debug!("{error}");
        }
    }

    fn make(&self) -> Result<Folder, SystemError> {
        self.root.make_folder(Path::new(FOLDERS[0]), mode(0o755))?;
        self.root.make_folder(Path::new(FOLDERS[1]), mode(0o700))
    }

    fn keep_before(
        &self,
        file: &ManagedFile,
        folder: &Folder,
        current: Option<&Content>,
    ) -> Result<(), SystemError> {
        let name = format!("{}.before", file.key());
        match current {
            Some(current) => folder.replace_as(&name, &current.bytes, mode(current.mode)),
            // Of a run that was killed before it changed anything.
            None => folder.remove(&name),
        }
    }

    fn before(&self, file: &ManagedFile, folder: &Folder) -> Result<Option<Content>, SystemError> {
        read(folder, &format!("{}.before", file.key()))
    }

    fn written(&self, file: &ManagedFile, folder: &Folder) -> Result<Vec<Vec<u8>>, SystemError> {
        let mut written = Vec::new();
        for number in 1..=WRITTEN_MAX {
            match read(folder, &format!("{}.{number}", file.key()))? {
                Some(content) => written.push(content.bytes),
                None => break,
            }
        }
        Ok(written)
    }

    fn current(&self, file: &ManagedFile) -> Result<Option<Content>, SetupError> {
        let path = file.path();
        let Some(folder) = self.root.open_folder(parent(&path))? else {
            return Ok(None);
        };
        let content = read(&folder, name(&path))?;
        if content.is_none() && folder.status(name(&path))?.is_some() {
            return Err(SetupError::NotRegular(self.root.display(&path)));
        }
        Ok(content)
    }

    fn write(&self, file: &ManagedFile, bytes: &[u8], permissions: u32) -> Result<(), SystemError> {
        let path = file.path();
        let folder = self.root.make_folder(parent(&path), mode(0o755))?;
        folder.replace_as(name(&path), bytes, mode(permissions))
    }
}

fn is(current: &Option<Content>, bytes: &[u8]) -> bool {
    current
        .as_ref()
        .is_some_and(|current| current.bytes == bytes)
}

fn read(folder: &Folder, name: &str) -> Result<Option<Content>, SystemError> {
    let Some(file) = folder.open_file(name)? else {
        return Ok(None);
    };
    let path = folder.path().join(name);
    let error = || SystemError::at("read", &path);
    let mode = file.metadata().map_err(error())?.permissions().mode() & 0o7777;
    let mut bytes = Vec::new();
    let mut limited = file.take(CONTENT_MAX + 1);
    limited.read_to_end(&mut bytes).map_err(error())?;
    if bytes.len() as u64 > CONTENT_MAX {
        return Err(error()(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(Some(Content { bytes, mode }))
}

const fn mode(bits: u32) -> Mode {
    Mode::from_bits_truncate(bits)
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Of a managed file, whose names are ASCII.
fn name(path: &Path) -> &str {
    let name = path.file_name().and_then(|name| name.to_str());
    name.unwrap_or_default()
}

#[cfg(test)]
mod tests;
