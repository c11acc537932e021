//! A folder of signed packages as the store of `sign -o`: it has the layout of the pool that they are made from.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SignError;
use super::incremental::{Incremental, Store};
use super::journal::Journal;
use super::package::{Options, Signed, SignedList};
use super::plan::SigningJob;
use super::signed_package::{SignedPackage, within};
use super::written::Writing;
use crate::contents::{OpenDeb, control_of};
use crate::format::imasigs::List;
use crate::keys::signing::Signer;
use crate::machine::error::SystemError;
use crate::tasks::tree::PrivateFolder;

/// Under this name a folder has the journal of its packages.
pub(super) const JOURNAL: &str = "packages";

/// A folder that a pool is signed into.
pub type SignedPool<'a> = Incremental<'a, PoolFolder>;

/// The folder that packages are written to.
#[derive(Debug)]
pub struct PoolFolder {
    path: PathBuf,
    private: PrivateFolder,
}

impl<'a> SignedPool<'a> {
    /// Whether a pool was signed into that folder before.
    #[must_use]
    pub fn is_at(folder: &Path) -> bool {
        PrivateFolder::of(folder).join(JOURNAL).exists()
    }

    /// Opens a folder that exists.
    ///
    /// # Errors
    /// If it is missing, or cannot be written to.
    pub fn open(
        folder: &Path,
        signer: &'a dyn Signer,
        options: Options,
    ) -> Result<Self, SignError> {
        if !folder.is_dir() {
            return Err(SignError::NoFolder(folder.to_owned()));
        }
        let private = PrivateFolder::open(folder)?;
        let journal = Journal::open(private.file(JOURNAL), options)?;
        let path = folder.to_owned();
        Ok(Self {
            store: PoolFolder { path, private },
            journal,
            signer,
            options,
        })
    }

    /// Removes the packages that were signed into the folder, by any run, and are not among the outputs of these jobs; returns
    /// how many. What others put there stays.
    ///
    /// # Errors
    /// If the folder cannot be read or written to.
    pub fn prune(&self, outputs: &HashSet<PathBuf>) -> Result<usize, SignError> {
        let stays = |made: &SignedPackage| outputs.contains(&self.store.path.join(made.path()));
        let mut removed = 0;
        for made in self.journal.all_made()? {
            if !stays(&made) && made.is_in(&self.store.path) {
                self.store.remove(&made)?;
                removed += 1;
            }
        }
        self.journal.retain(stays)?;
        Ok(removed)
    }
}

impl PoolFolder {
    /// Removes a package, and the folders that held no other.
    fn remove(&self, made: &SignedPackage) -> Result<(), SystemError> {
        let place = self.path.join(made.path());
        fs::remove_file(&place).map_err(SystemError::at("remove", &place))?;
        let depth = made.path().components().count() - 1;
        let mut folders = place.ancestors().skip(1).take(depth);
        // A folder that is not empty stays, and those above it.
        folders.all(|folder| fs::remove_dir(folder).is_ok());
        Ok(())
    }
}

impl Store for PoolFolder {
    type Made = SignedPackage;

    fn folder(&self) -> &Path {
        &self.path
    }

    fn old_list(&self, job: &SigningJob, _: &OpenDeb) -> List {
        let control = control_of(&job.output).ok();
        let list = control.and_then(|control| control.list().ok().flatten());
        list.unwrap_or_default()
    }

    /// The package is noted before it is at its place: so none is there that `prune` does not know.
    fn put(
        &self,
        job: &SigningJob,
        package: OpenDeb,
        signed: &SignedList,
        options: Options,
        note: impl FnOnce(&SignedPackage) -> Result<(), SystemError>,
    ) -> Result<Signed, SignError> {
        let writing = Writing::examine(job, options.voided)?.by_way_of(&self.private);
        let written = writing.write(package, Some(&signed.list), |metadata| {
            let made = SignedPackage::new(within(&self.path, job), metadata);
            made.map_or(Ok(()), |made| note(&made))
        })?;
        Ok(Signed::new(signed, written))
    }
}
