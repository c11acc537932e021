//! Makes the list of a package and puts it into a tree; the package stays as it is.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;

use super::error::SignError;
use super::journal::{FileStamp, Journal};
use super::package::{Options, Signed, sign_list};
use super::plan::SigningJob;
use super::signatures::Planner;
use crate::contents::OpenDeb;
use crate::format::ima::{Digest, HashAlgorithm};
use crate::format::tree::ListName;
use crate::keys::signing::Signer;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::tasks::tree::ListTree;

/// Under this name a tree has its journal.
pub(super) const JOURNAL: &str = "signed";

/// A tree that lists are made for, by one key and with the same options.
pub struct DetachedLists<'a> {
    tree: ListTree,
    pub(super) journal: Journal,
    signer: &'a dyn Signer,
    options: Options,
}

impl<'a> DetachedLists<'a> {
    /// Opens the tree in a folder that exists.
    ///
    /// # Errors
    /// If it is missing, or cannot be written to.
    pub fn open(
        folder: &Path,
        signer: &'a dyn Signer,
        options: Options,
    ) -> Result<Self, SignError> {
        if !folder.is_dir() {
            return Err(SignError::NoTree(folder.to_owned()));
        }
        let tree = ListTree::open(folder)?;
        let journal = Journal::open(tree.private(JOURNAL), options)?;
        Ok(Self {
            tree,
            journal,
            signer,
            options,
        })
    }

    pub(super) const fn tree(&self) -> &ListTree {
        &self.tree
    }

    /// Makes the list of a package, unless it is up to date: then the answer is none. By its journal that is so without
    /// reading the package if its file has not been touched, and without unpacking it if its content has not been changed.
    ///
    /// # Errors
    /// If the package cannot be read, a digest not be signed, or the list not be written.
    pub(super) fn make(&self, job: &SigningJob) -> Result<Option<Signed>, SignError> {
        let metadata = fs::metadata(&job.input).map_err(SystemError::at("stat", &job.input))?;
        let by_stamp = self
            .journal
            .by_stamp(&FileStamp::new(&job.input, &metadata));
        if by_stamp.is_some_and(|name| self.has(name)) {
            return Ok(None);
        }
        let mut package = OpenDeb::at(&job.input)?;
        let stamp = stamp(&job.input, &package.file)?;
        let digest = digest(&job.input, &package.file)?;
        let name = ListName::of(&package.control)?;
        if self.journal.by_content(&digest) == Some(&name) && self.has(&name) {
            self.journal.add(&name, &digest, &stamp)?;
            return Ok(None);
        }
        let embedded = package.control.list()?.unwrap_or_default();
        // One that is damaged is made anew.
        let old = self.tree.read(&name).unwrap_or_default();
        let old = old
            .into_entries()
            .into_iter()
            .chain(embedded.into_entries());
        let planner = Planner::new(self.signer, old);
        let signed = sign_list(&mut package, planner, self.options)?;
        if self::stamp(&job.input, &package.file)? != stamp {
            return Err(SignError::Changed(job.input.clone()));
        }
        self.tree.write(&name, &signed.list)?;
        self.journal.add(&name, &digest, &stamp)?;
        Ok(Some(Signed::of_list(&signed)))
    }

    /// Whether the tree has that list, whole and by this key. All of its signatures are by one key: the first tells.
    fn has(&self, name: &ListName) -> bool {
        self.tree.read(name).is_ok_and(|list| {
            let first = list.entries().first();
            first.is_none_or(|entry| self.signer.verifies(&entry.signature, &entry.digest))
        })
    }

    /// Removes all other lists than those of these names; returns how many.
    ///
    /// # Errors
    /// If the tree cannot be read or written to.
    pub fn prune(&self, names: &HashSet<ListName>) -> Result<usize, SignError> {
        let gone = self.tree.lists()?;
        let gone: Vec<_> = gone.iter().filter(|name| !names.contains(name)).collect();
        for name in &gone {
            self.tree.remove(name)?;
        }
        self.journal.retain(names)?;
        Ok(gone.len())
    }
}

fn stamp(path: &Path, file: &File) -> Result<FileStamp, SystemError> {
    let metadata = file.metadata().map_err(SystemError::at("stat", path))?;
    Ok(FileStamp::new(path, &metadata))
}

pub(super) fn digest(path: &Path, file: &File) -> Result<Digest, SystemError> {
    let size = file.metadata().map(|metadata| metadata.len());
    size.and_then(|size| digest_of(file, HashAlgorithm::Sha256, size))
        .map_err(SystemError::at("read", path))
}
