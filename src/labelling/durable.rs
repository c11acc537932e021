//! Makes labels last: what was written is on disk before anybody is told so.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use nix::unistd::syncfs;

use crate::machine::error::SystemError;

/// So many files are synced one by one; past that their filesystems are, whole.
const FILES_MAX: usize = 16;

/// Files whose labels are not yet on disk for certain.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    files: Vec<File>,
    /// For each filesystem with more of them, one.
    filesystems: HashMap<u64, File>,
}

impl Unsynced {
    pub(super) fn add(&mut self, device: u64, file: File) {
        if self.files.len() < FILES_MAX {
            self.files.push(file);
        } else {
            self.filesystems.entry(device).or_insert(file);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.filesystems.extend(other.filesystems);
        self.files.extend(other.files);
    }

    /// A filesystem that syncs only what it is asked for (btrfs) is asked for each file.
    pub(super) fn sync(&self) -> Result<(), SystemError> {
        let path = Path::new("a labelled file");
        for file in &self.files {
            file.sync_all().map_err(SystemError::at("sync", path))?;
        }
        for filesystem in self.filesystems.values() {
            syncfs(filesystem).map_err(SystemError::at("sync", path))?;
        }
        Ok(())
    }
}
