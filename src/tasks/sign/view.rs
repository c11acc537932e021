//! An output folder as it is looked at: what the next run would find up to date in it. Nothing is written, so the folder may be
//! somebody else's, and somebody may write to it meanwhile.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::detached;
use super::error::SignError;
use super::incremental::digest;
use super::made::Made;
use super::package::Options;
use super::plan::SigningJob;
use super::recorded::{FileStamp, Recorded};
use super::signed_package::{SignedPackage, within, word};
use super::signed_pool::{self, SignedPool};
use crate::contents::find_debs;
use crate::format::ima::KeyId;
use crate::format::imasigs::{FileEntries, List};
use crate::format::packages_index::IndexedPackage;
use crate::format::tree::ListName;
use crate::keys::signing::{Check, Checker};
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;
use crate::tasks::tree::{PrivateFolder, lists_in};

/// What a folder has of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputState {
    /// What the next run would leave as it is.
    UpToDate {
        /// The key that its signatures name, of several the one that was asked for, or the lowest; none if it has no file to sign.
        key: Option<KeyId>,
        /// Bytes that carry the list.
        bytes: u64,
    },
    /// Nothing.
    Missing,
    /// What the next run would make anew.
    Stale(StaleCause),
}

/// Why what there is would be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleCause {
    /// No journal says that it was made of that package, with those options.
    Unrecorded,
    /// It is not there as it was made.
    Damaged,
    /// It was not signed by any of the keys that were asked for.
    OtherKey,
}

/// The folder, and what was in it when the look began.
#[derive(Debug)]
pub struct FolderView<M> {
    folder: PathBuf,
    /// The places that are taken.
    there: HashSet<String>,
    pub(super) recorded: Recorded<M>,
}

impl FolderView<ListName> {
    /// Looks at a tree of lists.
    ///
    /// # Errors
    /// If it is missing, or cannot be read.
    pub fn of_tree(folder: &Path, options: Options) -> Result<Self, SignError> {
        if !folder.is_dir() {
            return Err(SignError::NoTree(folder.to_owned()));
        }
        let there = lists_in(folder)?.iter().map(ListName::path).collect();
        Self::new(folder, there, detached::JOURNAL, options)
    }

    /// What the tree has of a package that an index describes.
    pub(super) fn state_of_indexed(
        &self,
        package: &IndexedPackage,
        keys: Option<&mut Checker<'_>>,
    ) -> OutputState {
        let place = package.name.path();
        let made = self.recorded.by_content(&package.digest, &place);
        self.judge(made, &place, package.size, keys)
    }

    /// How many lists `sign --prune` would remove, if these are the names of all packages.
    #[must_use]
    pub fn gone(&self, names: &HashSet<ListName>) -> usize {
        let names: HashSet<_> = names.iter().map(ListName::path).collect();
        self.there.difference(&names).count()
    }
}

impl FolderView<SignedPackage> {
    /// Whether a pool was signed into the folder, and it is no tree of lists.
    #[must_use]
    pub fn is_at(folder: &Path) -> bool {
        SignedPool::is_at(folder) && lists_in(folder).is_ok_and(|lists| lists.is_empty())
    }

    /// Looks at a folder that a pool was signed into.
    ///
    /// # Errors
    /// If it is missing, or cannot be read.
    pub fn of_pool(folder: &Path, options: Options) -> Result<Self, SignError> {
        let is_gone = |error: &SystemError| error.source.kind() == ErrorKind::NotFound;
        let debs = find_debs(folder).debs.into_iter();
        // What another process has removed since it was found is no trouble.
        let debs = debs.filter(|deb| !deb.as_ref().is_err_and(is_gone));
        let debs: Vec<_> = debs.collect::<Result<_, _>>()?;
        let within = debs.iter().filter_map(|deb| deb.strip_prefix(folder).ok());
        Self::new(
            folder,
            within.map(word).collect(),
            signed_pool::JOURNAL,
            options,
        )
    }

    /// How many packages `sign --prune` would remove, if these are the places of all packages: only those that were signed
    /// into the folder.
    #[must_use]
    pub fn gone(&self, meant: &HashSet<String>) -> usize {
        let recorded = self.recorded.places();
        let gone = recorded.filter(|place| self.there.contains(*place) && !meant.contains(*place));
        gone.count()
    }
}

impl<M: Made> FolderView<M> {
    /// `there` was looked up before the journals are read: what is finished in between is missing, and not of an unknown
    /// origin.
    fn new(
        folder: &Path,
        there: HashSet<String>,
        journal: &str,
        options: Options,
    ) -> Result<Self, SignError> {
        let journal = PrivateFolder::of(folder).join(journal);
        let recorded = Recorded::read(&journal, options);
        Ok(Self {
            folder: folder.to_owned(),
            there,
            recorded: recorded.map_err(SystemError::at("read", &journal))?,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The place of what is made by a job.
    #[must_use]
    pub fn place(&self, job: &SigningJob) -> String {
        word(within(&self.folder, job))
    }

    /// What the folder has of a package. Its file is read only if it has been touched since its list was made.
    ///
    /// # Errors
    /// If the package cannot be read.
    pub(super) fn state_of(
        &self,
        job: &SigningJob,
        keys: Option<&mut Checker<'_>>,
    ) -> Result<OutputState, SignError> {
        let metadata = fs::metadata(&job.input).map_err(SystemError::at("stat", &job.input))?;
        let place = self.place(job);
        let stamp = FileStamp::new(M::file_name(&self.folder, job), &metadata);
        let is_of = |made: &&M| made.may_be_of(&self.folder, job);
        let mut made = self.recorded.by_stamp(&stamp).filter(is_of);
        if made.is_none() && self.there.contains(&place) {
            let file = open_named(&job.input).map_err(SystemError::at("open", &job.input))?;
            let digest = digest(&job.input, &file)?;
            made = self.recorded.by_content(&digest, &place);
        }
        Ok(self.judge(made, &place, metadata.len(), keys))
    }

    /// The state of what a journal says was made at that place of a package with so many bytes. Of a key that has signed all
    /// files, one signature tells.
    fn judge(
        &self,
        made: Option<&M>,
        place: &str,
        package: u64,
        keys: Option<&mut Checker<'_>>,
    ) -> OutputState {
        let stale = |cause| match self.there.contains(place) {
            true => OutputState::Stale(cause),
            false => OutputState::Missing,
        };
        let Some(made) = made else {
            return stale(StaleCause::Unrecorded);
        };
        let Some(list) = made.list(&self.folder) else {
            return stale(StaleCause::Damaged);
        };
        let key = match (list.files().next(), keys) {
            (None, _) => None,
            (Some(file), None) => Some(file.first.signature.key_id),
            (Some(file), Some(keys)) => match signed_by(&list, file, keys) {
                None => return OutputState::Stale(StaleCause::OtherKey),
                key => key,
            },
        };
        OutputState::UpToDate {
            key,
            bytes: made.added(&self.folder, package),
        }
    }
}

/// The one of these keys that has signed all files of a list, by its signature of the first.
fn signed_by(list: &List, first: FileEntries<'_>, keys: &mut Checker<'_>) -> Option<KeyId> {
    let mut signed = first.iter().filter(|entry| {
        let is_valid = keys.check(&entry.signature, &entry.digest) == Check::Valid;
        is_valid && list.is_wholly_by(entry.signature.key_id)
    });
    signed.next().map(|entry| entry.signature.key_id)
}
