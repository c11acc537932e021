//! Fetches packages, a batch at a time.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::apt_folder::AptFolder;
use super::batch::{Batch, batches};
use super::own_copy::take_copy;
use super::packages::ArchivePackage;
use super::room::{Room, Taken};
use crate::format::text::Text;
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::tasks::apt::{failed, general, key};

/// apt's downloader. SPEC: `apt-helper download-file URI FILE HASH …`: a file whose hash is another is not left under its
/// name.
const APT_HELPER: &str = "/usr/lib/apt/apt-helper";

/// Where apt gives no reason.
const EARLY: &str = "the download ended early";

/// Fetches packages of one archive, into limited room on the disk.
#[derive(Debug)]
pub struct Downloads<'a> {
    folder: &'a AptFolder,
    room: Room,
    calls: AtomicUsize,
}

/// A package that was fetched, or could not be.
#[derive(Debug)]
pub struct Download<'a> {
    /// Its file; or why there is none. SECURITY: a copy that is ours alone, of so many bytes as the index says. apt has verified
    /// what it was made of, but apt's user could have changed that since: whoever opens the copy compares the digest, and then
    /// it stays. The file is gone when the value is.
    pub file: Result<PathBuf, Text>,
    _folder: Arc<BatchFolder<'a>>,
}

impl Drop for Download<'_> {
    fn drop(&mut self) {
        let Ok(file) = &self.file else { return };
        if let Err(error) = fs::remove_file(file) {
            log::debug!("{}", SystemError::at("remove", file)(error));
        }
    }
}

/// A folder for one batch, and the room that its files take.
#[derive(Debug)]
struct BatchFolder<'a> {
    /// With the copies.
    path: PathBuf,
    /// In it, where apt's downloader puts packages.
    fetched: Folder,
    _taken: Taken<'a>,
}

impl Drop for BatchFolder<'_> {
    /// Before the room is given back.
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            log::warn!("{}", SystemError::at("remove", &self.path)(error));
        }
    }
}

impl<'a> Downloads<'a> {
    /// Fetches into that folder, so that packages take `disk` bytes at most.
    #[must_use]
    pub const fn new(folder: &'a AptFolder, disk: u64) -> Self {
        Self {
            folder,
            room: Room::new(disk),
            calls: AtomicUsize::new(0),
        }
    }

    /// All packages in batches that have room.
    #[must_use]
    pub fn batches<T>(&self, packages: Vec<(T, ArchivePackage)>) -> Vec<Batch<T>> {
        batches(packages, self.room.all())
    }

    /// Fetches a batch as soon as there is room for it; returns a download for each of its packages, in their order.
    ///
    /// # Errors
    /// If the folder cannot be written to, or apt's downloader not be run.
    pub fn fetch<T>(&self, batch: &Batch<T>) -> Result<Vec<Download<'_>>, SystemError> {
        let taken = self.room.take(batch.size());
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let (path, fetched) = self.folder.make_downloads(&number.to_string())?;
        let folder = Arc::new(BatchFolder {
            path,
            fetched,
            _taken: taken,
        });
        let packages = batch.packages.iter().map(|(_, package)| package);
        let packages: Vec<_> = packages.collect();
        let mut files = self.call(&packages, &folder, batch.file_max())?;
        // A file that becomes larger than the index says ends the call: the others are no worse for it.
        for (package, file) in packages.into_iter().zip(&mut files) {
            if file.is_none() {
                folder.fetched.remove(&name_of(package))?;
                let mut again = self.call(&[package], &folder, batch.file_max())?;
                *file = again.remove(0);
            }
        }
        let download = |file: Option<_>| Download {
            file: file.unwrap_or_else(|| Err(EARLY.into())),
            _folder: Arc::clone(&folder),
        };
        Ok(files.into_iter().map(download).collect())
    }

    /// One call; none for a package that was neither fetched nor failed.
    fn call(
        &self,
        packages: &[&ArchivePackage],
        folder: &BatchFolder<'_>,
        file_max: u64,
    ) -> Result<Vec<Option<Result<PathBuf, Text>>>, SystemError> {
        let mut command = self.folder.command(APT_HELPER);
        command.args(["-q=2", "download-file"]);
        for package in packages {
            let file = folder.fetched.path().join(name_of(package));
            let hash = format!("SHA256:{}", package.indexed.digest);
            command.arg(package.uri()).arg(file).arg(hash);
        }
        let (_, said) = self.folder.run(&mut command, file_max)?;
        let cut = general(&said);
        let failures: HashMap<_, _> = failed(&said).collect();
        let found = packages.iter().map(|package| {
            if let Some(reason) = failures.get(&key(&package.uri())) {
                return Ok(Some(Err(Text::from(*reason))));
            }
            let name = name_of(package);
            let place = folder.path.join(&name);
            Ok(
                match take_copy(&folder.fetched, &name, package.indexed.size, &place)? {
                    true => Some(Ok(place)),
                    false if packages.len() > 1 => None,
                    false => Some(Err(cut.unwrap_or(EARLY).into())),
                },
            )
        });
        found.collect()
    }
}

/// By its content, since whoever signs a package may remember its file by its name, time and size.
fn name_of(package: &ArchivePackage) -> String {
    format!("{}.deb", package.indexed.digest)
}

#[cfg(test)]
mod tests;
