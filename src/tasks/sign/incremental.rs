//! What was made already is not made again: the way of `sign --detached`, and of `sign -o` with a folder of packages.

use std::fs::{self, File, Metadata};
use std::path::Path;

use super::error::SignError;
use super::journal::Journal;
use super::made::Made;
use super::package::{Options, Signed, SignedList, sign_list};
use super::plan::SigningJob;
use super::recorded::FileStamp;
use super::signatures::Planner;
use super::written::ensure_as_opened;
use crate::contents::OpenDeb;
use crate::format::ima::{Digest, HashAlgorithm};
use crate::format::imasigs::{Entry, List};
use crate::keys::signing::Signer;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;

/// A folder for what is made of packages: their lists, or the packages with them.
pub trait Store: Sync {
    /// What is made of one package.
    type Made: Made;

    /// The folder.
    fn folder(&self) -> &Path;

    /// The list of whatever is at the place of that package, where its signatures can be kept; empty if there is none.
    fn old_list(&self, job: &SigningJob, package: &OpenDeb) -> List;

    /// Puts what is made of a package to its place, whole or not at all, and has it noted.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    fn put(
        &self,
        job: &SigningJob,
        package: OpenDeb,
        signed: &SignedList,
        options: Options,
        note: impl FnOnce(&Self::Made) -> Result<(), SystemError>,
    ) -> Result<Signed, SignError>;
}

/// A store that is brought up to date, by one key and with the same options.
pub struct Incremental<'a, S: Store> {
    pub(super) store: S,
    pub(super) journal: Journal<S::Made>,
    pub(super) signer: &'a dyn Signer,
    pub(super) options: Options,
}

impl<S: Store> Incremental<'_, S> {
    /// Signs a package, unless what is made of it is up to date: then the answer is none. By the journal that is so without
    /// reading the package if its file has not been touched, and without unpacking it if its content has not been changed.
    ///
    /// # Errors
    /// If the package cannot be read, a digest not be signed, or the result not be written.
    pub(super) fn make(&self, job: &SigningJob) -> Result<Option<Signed>, SignError> {
        self.make_if(job, |_, _| Ok(()))
    }

    /// The same, if the package as it was opened, and the digest of its file, pass a check.
    ///
    /// # Errors
    /// Those of the check too.
    pub(super) fn make_if(
        &self,
        job: &SigningJob,
        check: impl FnOnce(&OpenDeb, &Digest) -> Result<(), SignError>,
    ) -> Result<Option<Signed>, SignError> {
        let metadata = fs::metadata(&job.input).map_err(SystemError::at("stat", &job.input))?;
        let by_stamp = self.journal.recorded.by_stamp(&self.stamp(job, &metadata));
        let is_of = |made: &S::Made| made.may_be_of(self.store.folder(), job);
        if by_stamp.is_some_and(|made| is_of(made) && self.has(made)) {
            return Ok(None);
        }
        let mut package = OpenDeb::at(&job.input)?;
        let stamp = self.stamp_of(job, &package.file)?;
        let digest = digest(&job.input, &package.file)?;
        check(&package, &digest)?;
        let place = S::Made::place_of(self.store.folder(), job, &package)?;
        let by_content = self.journal.recorded.by_content(&digest, &place);
        if let Some(made) = by_content.filter(|made| self.has(made)) {
            ensure_as_opened(&package, &job.input)?;
            self.journal.add(made, &digest, &stamp)?;
            return Ok(None);
        }
        let signed = self.sign(job, &mut package)?;
        ensure_as_opened(&package, &job.input)?;
        let note = |made: &S::Made| self.journal.add(made, &digest, &stamp);
        let put = self.store.put(job, package, &signed, self.options, note);
        put.map(Some)
    }

    /// Makes the list of a package, with the signatures of this key that are known of it. Nobody here can verify those of
    /// other keys, so they are not taken over.
    fn sign(&self, job: &SigningJob, package: &mut OpenDeb) -> Result<SignedList, SignError> {
        let embedded = package.control.list()?.unwrap_or_default();
        let old = self.store.old_list(job, package);
        let old = old.into_entries().into_iter();
        let planner = Planner::new(self.signer, old.chain(embedded.into_entries()));
        sign_list(package, planner, self.options)
    }

    /// Whether it is there as it was made, and by this key. Of a key that has signed all files, one signature tells. Those of
    /// other keys beside them, as `resign --keep` leaves them, make no difference, and stay.
    pub(super) fn has(&self, made: &S::Made) -> bool {
        let key = self.signer.key_id();
        made.list(self.store.folder()).is_some_and(|list| {
            let mut own = list.entries().iter();
            let own = own.find(|entry| entry.signature.key_id == key);
            let verifies = |entry: &Entry| self.signer.verifies(&entry.signature, &entry.digest);
            list.is_wholly_by(key) && own.is_none_or(verifies)
        })
    }

    fn stamp(&self, job: &SigningJob, metadata: &Metadata) -> FileStamp {
        FileStamp::new(S::Made::file_name(self.store.folder(), job), metadata)
    }

    fn stamp_of(&self, job: &SigningJob, file: &File) -> Result<FileStamp, SystemError> {
        let metadata = file
            .metadata()
            .map_err(SystemError::at("stat", &job.input))?;
        Ok(self.stamp(job, &metadata))
    }
}

/// The digest of a package's whole file.
pub(super) fn digest(path: &Path, file: &File) -> Result<Digest, SystemError> {
    let size = file.metadata().map(|metadata| metadata.len());
    size.and_then(|size| digest_of(file, HashAlgorithm::Sha256, size))
        .map_err(SystemError::at("read", path))
}
