//! A regular file of a walk. It is opened only for questions that need its content.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{FileStat, Mode};

use super::program::{ELF, PERMISSIONS};
use super::{Identity, ProgramFile};
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::opening::{LOOK, READ, open_regular};

/// A regular file as the walk found it; what is there by now may be another.
pub struct WalkedFile<'a> {
    pub(super) folder: &'a Folder,
    /// The folder's path from the root.
    pub(super) place: &'a Path,
    pub(super) name: &'a OsStr,
    pub(super) stat: FileStat,
    pub(super) fs_magic: u64,
}

impl WalkedFile<'_> {
    /// Which file it is, whatever its name.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::from(&self.stat)
    }

    /// Its path from the root.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.place.join(self.name)
    }

    /// The properties that policies look at.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn program_file(&self) -> Result<ProgramFile, SystemError> {
        Ok(self.as_program_file(self.is_elf()?))
    }

    /// Whether it is executed, mapped by a loader, or loaded as a kernel module.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn is_executable(&self) -> Result<bool, SystemError> {
        let unread = self.as_program_file(false);
        Ok(unread.is_executed() || unread.is_module() || self.is_elf()?)
    }

    fn as_program_file(&self, is_elf: bool) -> ProgramFile {
        ProgramFile {
            path: self.path(),
            mode: self.stat.st_mode & PERMISSIONS,
            owner: self.stat.st_uid,
            group: self.stat.st_gid,
            fs_magic: self.fs_magic,
            is_elf,
        }
    }

    fn is_elf(&self) -> Result<bool, SystemError> {
        // Locks and markers, mostly: spares opening them.
        if self.stat.st_size.unsigned_abs() < ELF.len() as u64 {
            return Ok(false);
        }
        starts_as_elf(self.folder, self.name).map_err(SystemError::at("read", &self.path()))
    }
}

fn starts_as_elf(folder: &Folder, name: &OsStr) -> io::Result<bool> {
    let open = |flags| openat(folder, name, flags | OFlag::O_NOFOLLOW, Mode::empty());
    // Something else may be there by now.
    let place = open(LOOK)?;
    let Some((file, _)) = open_regular(&place, || Ok(open(READ)?))? else {
        return Ok(false);
    };
    let mut start = Vec::with_capacity(ELF.len());
    file.take(ELF.len() as u64).read_to_end(&mut start)?;
    Ok(start == ELF)
}
