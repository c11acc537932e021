//! What is made of packages in an output folder: lists, or packages with lists.

use std::path::Path;

use super::error::SignError;
use super::plan::SigningJob;
use crate::contents::OpenDeb;
use crate::format::imasigs::List;

/// What was made of one package, as a journal has it.
pub trait Made: Sized + Sync {
    /// The name that tells the file of a package from others of the same size and time.
    fn file_name<'a>(folder: &Path, job: &'a SigningJob) -> &'a Path;

    /// [`Self::place`] of what is made of that package.
    ///
    /// # Errors
    /// If it can have no place.
    fn place_of(folder: &Path, job: &SigningJob, package: &OpenDeb) -> Result<String, SignError>;

    /// Where it is in the folder. What is made later at the same place replaces it.
    fn place(&self) -> String;

    /// Whether it can be what is made by that job, as far as this is known before the package is read.
    fn may_be_of(&self, folder: &Path, job: &SigningJob) -> bool;

    /// Its list; none if it is not in the folder any more as it was made.
    fn list(&self, folder: &Path) -> Option<List>;

    /// Bytes that carry its list, where its package has so many: of a list the size of its file, of a package with a list what it
    /// has grown by.
    fn added(&self, folder: &Path, package: u64) -> u64;

    /// All of it in one word, without a space.
    fn word(&self) -> String;

    /// The inverse of [`Self::word`]; none for any other text.
    fn parse(word: &str) -> Option<Self>;
}
