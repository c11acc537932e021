//! Brings labels to disk before a caller is told that they are written.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use nix::unistd::syncfs;

use crate::machine::error::SystemError;

/// The number of files that are synced one by one, so that a sweep after one small package does not wait for all that
/// others have written (btrfs syncs no more than the file that it is asked for). Of further files the whole filesystem
/// is synced, once.
const FILES_MAX: usize = 16;

/// Files whose labels may not be on disk yet.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    files: Vec<File>,
    /// One file of each filesystem with more of them, by device.
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

    /// Returns when the labels are on disk.
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
