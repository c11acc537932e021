//! A folder of signed packages as the store of `sign -o`: it has the layout of the pool that they are made from.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::error::SignError;
use super::incremental::{Incremental, Store};
use super::journal::{Journal, Made};
use super::package::{Options, Signed, SignedList};
use super::plan::SigningJob;
use super::written::Writing;
use crate::contents::{OpenDeb, control_of};
use crate::format::decimal::decimal;
use crate::format::imasigs::{List, escaped, unescaped};
use crate::keys::signing::Signer;
use crate::machine::error::SystemError;
use crate::tasks::tree::PrivateFolder;

/// Under this name a folder has the journal of its packages.
const JOURNAL: &str = "packages";

/// A folder that a pool is signed into.
pub type SignedPool<'a> = Incremental<'a, PoolFolder>;

/// The folder that packages are written to.
#[derive(Debug)]
pub struct PoolFolder {
    path: PathBuf,
    private: PrivateFolder,
}

/// A package that was written, and what tells whether its file is still that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPackage {
    /// Where it is in the folder.
    within: PathBuf,
    size: u64,
    /// When it was modified, in seconds and nanoseconds since 1970.
    modified: (u64, u32),
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
        let stays = |made: &SignedPackage| outputs.contains(&self.store.path.join(&made.within));
        let mut removed = 0;
        for made in self.journal.all_made()? {
            if !stays(&made) && self.store.is_as_made(&made) {
                self.store.remove(&made)?;
                removed += 1;
            }
        }
        self.journal.retain(stays)?;
        Ok(removed)
    }
}

impl PoolFolder {
    /// Where the package of a job goes, in this folder.
    fn within<'a>(&self, job: &'a SigningJob) -> &'a Path {
        job.output.strip_prefix(&self.path).unwrap_or(&job.output)
    }

    /// Whether the file that was written is there, and not another one. Packages are renamed to their places when they are
    /// on disk: a file of that size and time is whole.
    fn is_as_made(&self, made: &SignedPackage) -> bool {
        let there = fs::symlink_metadata(self.path.join(&made.within));
        there.is_ok_and(|there| {
            there.is_file() && SignedPackage::new(&made.within, &there).as_ref() == Some(made)
        })
    }

    /// Removes a package, and the folders that held no other.
    fn remove(&self, made: &SignedPackage) -> Result<(), SystemError> {
        let place = self.path.join(&made.within);
        fs::remove_file(&place).map_err(SystemError::at("remove", &place))?;
        let depth = made.within.components().count() - 1;
        let mut folders = place.ancestors().skip(1).take(depth);
        // A folder that is not empty stays, and those above it.
        folders.all(|folder| fs::remove_dir(folder).is_ok());
        Ok(())
    }
}

impl Store for PoolFolder {
    type Made = SignedPackage;

    fn file_name<'a>(&self, job: &'a SigningJob) -> &'a Path {
        self.within(job)
    }

    fn place(&self, job: &SigningJob, _: &OpenDeb) -> Result<String, SignError> {
        Ok(word(self.within(job)))
    }

    fn list(&self, made: &SignedPackage) -> Option<List> {
        if !self.is_as_made(made) {
            return None;
        }
        let control = control_of(&self.path.join(&made.within)).ok()?;
        control.list().ok().flatten()
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
            let made = SignedPackage::new(self.within(job), metadata);
            made.map_or(Ok(()), |made| note(&made))
        })?;
        Ok(Signed::new(signed, written))
    }
}

impl SignedPackage {
    /// None for a time before 1970: then it is signed again each time.
    fn new(within: &Path, metadata: &Metadata) -> Option<Self> {
        let seconds = metadata.mtime().try_into().ok()?;
        let nanoseconds = metadata.mtime_nsec().try_into().ok()?;
        Some(Self {
            within: within.to_owned(),
            size: metadata.size(),
            modified: (seconds, nanoseconds),
        })
    }
}

impl Made for SignedPackage {
    fn place(&self) -> String {
        word(&self.within)
    }

    fn word(&self) -> String {
        let (seconds, nanoseconds) = self.modified;
        format!("{}:{}:{seconds}:{nanoseconds}", self.place(), self.size)
    }

    /// SECURITY: no path that leads out of the folder is taken, since what it names may be removed.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(4, ':').map(str::as_bytes);
        let nanoseconds = decimal(parts.next()?)?;
        let (seconds, size) = (decimal(parts.next()?)?, decimal(parts.next()?)?);
        let within = PathBuf::from(OsString::from_vec(unescaped(parts.next()?)?));
        let mut components = within.components();
        let is_inside = components.all(|part| matches!(part, Component::Normal(_)));
        (is_inside && within.file_name().is_some()).then_some(Self {
            within,
            size,
            modified: (seconds, nanoseconds),
        })
    }
}

/// A path as a word of the journal.
fn word(within: &Path) -> String {
    escaped(within.as_os_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_goes_there_and_back() {
        let made = SignedPackage {
            within: PathBuf::from(OsString::from_vec(b"pool/a b:1\\\xff.deb".to_vec())),
            size: 7,
            modified: (1, 999_999_999),
        };
        let word = made.word();
        assert!(word.bytes().all(|byte| byte.is_ascii_graphic()), "{word}");
        assert_eq!(SignedPackage::parse(&word), Some(made));
    }

    #[test]
    fn no_word_leads_out_of_the_folder() {
        assert!(SignedPackage::parse("a/b.deb:1:2:3").is_some());
        for path in ["/etc/passwd", "../x", "a/../../x", "", ".", "a/\\057../.."] {
            let word = format!("{path}:1:2:3");
            assert_eq!(SignedPackage::parse(&word), None, "{word}");
        }
        for word in [
            "a.deb",
            "a.deb:1:2",
            "a.deb:1:2:",
            "a.deb:1:-2:3",
            "a.deb:+1:2:3",
        ] {
            assert_eq!(SignedPackage::parse(word), None, "{word}");
        }
    }
}
