//! A tree as the store of `sign --detached`: only the lists of packages are written.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::error::SignError;
use super::incremental::{Incremental, Store};
use super::journal::Journal;
use super::made::Made;
use super::package::{Options, Signed, SignedList};
use super::plan::SigningJob;
use crate::contents::OpenDeb;
use crate::format::imasigs::List;
use crate::format::tree::ListName;
use crate::keys::signing::Signer;
use crate::machine::error::SystemError;
use crate::tasks::archive::Shard;
use crate::tasks::tree::{ListTree, read_list};

/// Under this name a tree has its journal.
pub(super) const JOURNAL: &str = "signed";

/// A tree that lists are made for; the packages stay as they are.
pub type DetachedLists<'a> = Incremental<'a, ListTree>;

impl<'a> DetachedLists<'a> {
    /// Opens the tree in a folder that exists. Each shard has a journal of its own, so that machines can share a folder whose
    /// filesystem does not append for several at a time, such as NFS.
    ///
    /// # Errors
    /// If it is missing, or cannot be written to.
    pub fn open(
        folder: &Path,
        signer: &'a dyn Signer,
        options: Options,
        shard: Option<Shard>,
    ) -> Result<Self, SignError> {
        if !folder.is_dir() {
            return Err(SignError::NoTree(folder.to_owned()));
        }
        let store = ListTree::open(folder)?;
        let journal = Journal::open(store.private(&own_name(JOURNAL, shard)), options)?;
        Ok(Self {
            store,
            journal,
            signer,
            options,
        })
    }

    pub(super) const fn tree(&self) -> &ListTree {
        &self.store
    }

    /// Removes all other lists than those of these names; returns how many.
    ///
    /// # Errors
    /// If the tree cannot be read or written to.
    pub fn prune(&self, names: &HashSet<ListName>) -> Result<usize, SignError> {
        let gone = self.store.lists()?;
        let gone: Vec<_> = gone.iter().filter(|name| !names.contains(name)).collect();
        for name in &gone {
            self.store.remove(name)?;
        }
        self.journal.retain(|name| names.contains(name))?;
        Ok(gone.len())
    }
}

/// A name in the private folder of a tree, which each shard has for itself.
pub(super) fn own_name(name: &str, shard: Option<Shard>) -> String {
    shard.map_or(name.to_owned(), |shard| format!("{name}.{shard}"))
}

impl Made for ListName {
    /// A package has its list at the same place, wherever it is itself.
    fn file_name<'a>(_: &Path, job: &'a SigningJob) -> &'a Path {
        Path::new(job.input.file_name().unwrap_or(job.input.as_os_str()))
    }

    fn place_of(_: &Path, _: &SigningJob, package: &OpenDeb) -> Result<String, SignError> {
        Ok(Self::of(&package.control)?.path())
    }

    /// The fields of the package say what its list is called.
    fn may_be_of(&self, _: &Path, _: &SigningJob) -> bool {
        true
    }

    fn list(&self, folder: &Path) -> Option<List> {
        read_list(&folder.join(self.path())).ok()
    }

    fn place(&self) -> String {
        self.path()
    }

    fn added(&self, folder: &Path, _: u64) -> u64 {
        let file = fs::metadata(folder.join(self.path()));
        file.map_or(0, |file| file.len())
    }

    fn word(&self) -> String {
        self.path()
    }

    fn parse(word: &str) -> Option<Self> {
        Self::parse(word)
    }
}

impl Store for ListTree {
    type Made = ListName;

    fn folder(&self) -> &Path {
        self.folder()
    }

    fn old_list(&self, _: &SigningJob, package: &OpenDeb) -> List {
        // One that is damaged is made anew.
        let name = ListName::of(&package.control).ok();
        name.and_then(|name| self.read(&name).ok())
            .unwrap_or_default()
    }

    fn put(
        &self,
        _: &SigningJob,
        package: OpenDeb,
        signed: &SignedList,
        _: Options,
        note: impl FnOnce(&ListName) -> Result<(), SystemError>,
    ) -> Result<Signed, SignError> {
        let name = ListName::of(&package.control)?;
        let size = self.write(&name, &signed.list)?;
        note(&name)?;
        Ok(Signed::of_list(signed, Some(size)))
    }
}
