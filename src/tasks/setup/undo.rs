//! `--undo`: each changed file is again what it was.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SetupError;
use super::kept::{KeptFiles, Restored};
use super::managed_file::ManagedFile;
use super::{grub, images, systemd_boot};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It has its former content.
    PutBack(PathBuf),
    /// It is gone, as it was.
    Removed(PathBuf),
    /// It is as it was without our doing.
    AsBefore(PathBuf),
    /// Somebody else has changed it since, and it is left alone.
    Foreign(PathBuf),
}

/// The way back of a machine.
pub struct Undo<'a> {
    root: &'a Root,
    kept: KeptFiles<'a>,
    files: BTreeSet<ManagedFile>,
}

impl<'a> Undo<'a> {
    /// Finds the files that setup has changed, or was about to. Changes nothing.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub fn of(root: &'a Root) -> Result<Self, SystemError> {
        let kept = KeptFiles::of(root);
        let files = kept.files()?;
        Ok(Self { root, kept, files })
    }

    /// The files, as people outside the root name them.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let files = self.files.iter();
        files.map(|file| self.root.display(&file.path())).collect()
    }

    /// Puts all files back, and tells of each. False if a file is somebody else's by now: with a policy that stays, the
    /// command line stays too, since without `ima_appraise=log` the kernel would enforce it.
    ///
    /// # Errors
    /// If a file could not be put back, or a tool failed. It may be run again.
    pub fn carry_out(&self, told: &mut dyn FnMut(&Undone)) -> Result<bool, SetupError> {
        let is_loader =
            |file: &&ManagedFile| matches!(file, ManagedFile::Grub | ManagedFile::CommandLine);
        let (of_loaders, of_boot): (Vec<_>, Vec<_>) = self.files.iter().partition(is_loader);
        let (of_boot, all) = self.restore(&of_boot, told)?;
        if !of_boot.is_empty() {
            images::refresh(self.root)?;
        }
        self.forget(&of_boot)?;
        if !all
            && self
                .root
                .metadata_followed(&ManagedFile::Policy.path())?
                .is_some()
        {
            return Ok(false);
        }
        let command_line = ManagedFile::CommandLine;
        let has_file = self.kept.was_there(&command_line)?;
        if of_loaders.contains(&&command_line) && !has_file {
            self.plain_entries()?;
        }
        let (of_loaders, all_loaders) = self.restore(&of_loaders, told)?;
        if of_loaders.contains(&&command_line) && has_file {
            systemd_boot::install_all(self.root)?;
        }
        if of_loaders.contains(&&ManagedFile::Grub) {
            grub::refresh()?;
        }
        self.forget(&of_loaders)?;
        self.kept.tidy_up();
        Ok(all && all_loaders)
    }

    /// The files that are as they were, and whether that is all of them.
    fn restore<'f>(
        &self,
        files: &[&'f ManagedFile],
        told: &mut dyn FnMut(&Undone),
    ) -> Result<(Vec<&'f ManagedFile>, bool), SetupError> {
        let mut restored = Vec::new();
        for &file in files {
            let path = self.root.display(&file.path());
            let undone = match self.kept.restore(file)? {
                Restored::PutBack => Undone::PutBack(path),
                Restored::Removed => Undone::Removed(path),
                Restored::AsBefore => Undone::AsBefore(path),
                Restored::Foreign => Undone::Foreign(path),
            };
            told(&undone);
            if !matches!(undone, Undone::Foreign(_)) {
                restored.push(file);
            }
        }
        let all = restored.len() == files.len();
        Ok((restored, all))
    }

    /// Has the entries of systemd-boot written without the parameter, from a file that says so and was not there before:
    /// without it, kernel-install would take the running kernel's command line, which has the parameter.
    fn plain_entries(&self) -> Result<(), SetupError> {
        let line = Path::new("/proc/cmdline");
        let running = fs::read_to_string(line).map_err(SystemError::at("read", line))?;
        let plain = systemd_boot::plain(self.root, &running)?;
        match self.kept.put(&ManagedFile::CommandLine, plain.as_bytes()) {
            Err(SetupError::Foreign(_)) => Ok(()),
            other => other.and_then(|()| systemd_boot::install_all(self.root)),
        }
    }

    fn forget(&self, files: &[&ManagedFile]) -> Result<(), SystemError> {
        files.iter().try_for_each(|file| self.kept.forget(file))
    }
}
