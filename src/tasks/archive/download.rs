//! Fetches packages, a batch at a time.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::apt_folder::AptFolder;
use super::batch::{Batch, batches};
use super::packages::ArchivePackage;
use super::room::{Room, Taken};
use crate::format::text::Text;
use crate::machine::error::SystemError;
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
    /// Its file; or why there is none. SECURITY: apt has verified it, but its user could have exchanged it since: whoever opens
    /// it compares the digest. The file is gone when the value is.
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

/// A folder for one call, and the room that its files take.
#[derive(Debug)]
struct BatchFolder<'a> {
    path: PathBuf,
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
        let folder = Arc::new(BatchFolder {
            path: self.folder.make_downloads(&number.to_string())?,
            _taken: taken,
        });
        let named = |(_, package): &(T, ArchivePackage)| {
            (folder.path.join(name_of(package)), package.clone())
        };
        let packages: Vec<_> = batch.packages.iter().map(named).collect();
        let mut files = self.call(&packages, batch.file_max())?;
        // A file that becomes larger than the index says ends the call: the others are no worse for it.
        for ((path, package), file) in packages.into_iter().zip(&mut files) {
            if file.is_none() {
                remove(&path)?;
                let again = (path, package);
                *file = self.call(&[again], batch.file_max())?.remove(0);
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
        packages: &[(PathBuf, ArchivePackage)],
        file_max: u64,
    ) -> Result<Vec<Option<Result<PathBuf, Text>>>, SystemError> {
        let mut command = self.folder.command(APT_HELPER);
        command.args(["-q=2", "download-file"]);
        for (file, package) in packages {
            let hash = format!("SHA256:{}", package.indexed.digest);
            command.arg(package.uri()).arg(file).arg(hash);
        }
        let (_, said) = self.folder.run(&mut command, file_max)?;
        let cut = general(&said);
        let failures: HashMap<_, _> = failed(&said).collect();
        let found = packages.iter().map(|(file, package)| {
            let reason = failures.get(&key(&package.uri()));
            match (reason, is_whole(file, package.indexed.size)) {
                (Some(reason), _) => Some(Err(Text::from(*reason))),
                (None, true) => Some(Ok(file.clone())),
                (None, false) if packages.len() > 1 => None,
                (None, false) => Some(Err(cut.unwrap_or(EARLY).into())),
            }
        });
        Ok(found.collect())
    }
}

/// By its content, since whoever signs a package may remember its file by its name, time and size.
fn name_of(package: &ArchivePackage) -> String {
    format!("{}.deb", package.indexed.digest)
}

/// What a call that was ended has left.
fn remove(file: &Path) -> Result<(), SystemError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SystemError::at("remove", file)(error))
        }
        _ => Ok(()),
    }
}

/// Whether so many bytes are there: of a file of another size nobody has to compute the digest.
fn is_whole(file: &Path, size: u64) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.len() == size)
}
