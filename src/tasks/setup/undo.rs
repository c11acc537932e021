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
use crate::tasks::boot::SYSTEMD_POLICY;

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
    /// A policy that setup did not write, or that was changed since: nothing that it needs is put back while it is there.
    NeedsTheOthers(PathBuf),
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

    /// Puts all files back, and tells of each. False if a file is somebody else's by now. With a policy that stays, the
    /// certificates and the command line stay too: without them the next boot would stop, or enforce what was only tried. So
    /// it is with every policy that setup did not write.
    ///
    /// # Errors
    /// If a file could not be put back, or a tool failed. It may be run again.
    pub fn carry_out(&self, told: &mut dyn FnMut(&Undone)) -> Result<bool, SetupError> {
        if self.stays(Path::new(SYSTEMD_POLICY), told)? {
            return Ok(false);
        }
        let is_policy = |file: &&ManagedFile| **file == ManagedFile::Policy;
        let (policy, others): (Vec<_>, Vec<_>) = self.files.iter().partition(is_policy);
        let (policy, all) = self.restore(&policy, told)?;
        if policy.is_empty() && self.stays(&ManagedFile::Policy.path(), told)? {
            return Ok(false);
        }
        let is_loader =
            |file: &&ManagedFile| matches!(file, ManagedFile::Grub | ManagedFile::CommandLine);
        let (of_loaders, certificates): (Vec<_>, Vec<_>) = others.into_iter().partition(is_loader);
        let (certificates, all_certificates) = self.restore(&certificates, told)?;
        if !policy.is_empty() || !certificates.is_empty() {
            images::refresh(self.root)?;
        }
        self.forget(&certificates)?;
        let all_loaders = self.restore_loaders(&of_loaders, told)?;
        if all_loaders {
            // Last: a run that was killed before must know that a policy that it finds was put back.
            self.forget(&policy)?;
        }
        self.kept.tidy_up();
        Ok(all && all_certificates && all_loaders)
    }

    /// Whether a policy is there, beneath the root, which then needs the other files; it is told.
    fn stays(&self, path: &Path, told: &mut dyn FnMut(&Undone)) -> Result<bool, SystemError> {
        let is_there = self.root.metadata_followed(path)?.is_some();
        if is_there {
            told(&Undone::NeedsTheOthers(self.root.display(path)));
        }
        Ok(is_there)
    }

    /// Whether all of them are as they were, and the boot loaders know.
    fn restore_loaders(
        &self,
        files: &[&ManagedFile],
        told: &mut dyn FnMut(&Undone),
    ) -> Result<bool, SetupError> {
        let command_line = ManagedFile::CommandLine;
        let has_file = self.kept.was_there(&command_line)?;
        if files.contains(&&command_line) && !has_file {
            self.plain_entries()?;
        }
        let (restored, all) = self.restore(files, told)?;
        if restored.contains(&&command_line) && has_file {
            systemd_boot::install_all(self.root)?;
        }
        if restored.contains(&&ManagedFile::Grub) {
            grub::refresh()?;
        }
        self.forget(&restored)?;
        Ok(all)
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
