//! Writes a package with another list, or without one, to its place.

use std::fs::Metadata;
use std::path::Path;

use super::error::SignError;
use super::output::Output;
use super::plan::SigningJob;
use super::replaced::{Ownership, Replaced};
use crate::contents::OpenDeb;
use crate::format::deb::{Rewrite, Voided};
use crate::format::imasigs::List;
use crate::machine::error::SystemError;
use crate::tasks::tree::PrivateFolder;

/// What people should know of a package, or of a list, that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Whether the file that it replaced gave it its owner.
    pub ownership: Ownership,
    /// Whether it was written in place and has other hard links, which still lead to the package as it was.
    pub has_other_names: bool,
    /// Members such as `_gpgorigin` whose signature became void with the list. They are in the package, or were dropped.
    pub voided: Vec<String>,
    /// Bytes that its list takes: what the package has grown by, or the size of a file with the list alone. None where that is
    /// not known, since another list has given way.
    pub added: Option<u64>,
}

/// A package that is about to be written to its place.
pub(super) struct Writing<'a> {
    job: &'a SigningJob,
    voided: Voided,
    replaced: Option<Replaced>,
    private: Option<&'a PrivateFolder>,
}

impl<'a> Writing<'a> {
    /// Examines what the package will replace. In place that is done before the package is read, so that what is replaced in
    /// the end is what was read.
    ///
    /// # Errors
    /// If what is there cannot be opened.
    pub(super) fn examine(job: &'a SigningJob, voided: Voided) -> Result<Self, SystemError> {
        Ok(Self {
            job,
            voided,
            replaced: Replaced::at(&job.output)?,
            private: None,
        })
    }

    /// Has the package written in that folder and renamed to its place from there, so that what a killed process leaves is
    /// found.
    pub(super) const fn by_way_of(mut self, private: &'a PrivateFolder) -> Self {
        self.private = Some(private);
        self
    }

    /// Writes the package with that list, or without any. Afterwards it is at its place whole, or nothing was changed.
    /// `finished` is called when its file is on disk, and before it is at its place.
    ///
    /// # Errors
    /// If the package cannot be read any more, or is not as it was opened, or the output not be written.
    pub(super) fn write(
        self,
        mut package: OpenDeb,
        list: Option<&List>,
        finished: impl FnOnce(&Metadata) -> Result<(), SystemError>,
    ) -> Result<Written, SignError> {
        let metadata = package.file.metadata();
        let metadata = metadata.map_err(SystemError::at("stat", &self.job.input))?;
        let replaced = self.replaced.as_ref();
        let has_other_names = replaced.is_some_and(|old| old.has_other_names(&metadata));
        let mut output = Output::create(&self.job.output, &metadata, self.replaced, self.private)?;
        let rewrite = Rewrite::new(&package.layout, &package.control, list);
        rewrite.write(&mut package.file, &mut output.writer(), self.voided)?;
        ensure_as_opened(&package, &self.job.input)?;
        let on_disk = output.on_disk()?;
        finished(&on_disk)?;
        let voided = rewrite.voided();
        let only_added =
            !package.control.has_list() && (voided.is_empty() || self.voided == Voided::Keep);
        let added = on_disk.len().saturating_sub(metadata.len());
        Ok(Written {
            ownership: output.finish()?,
            has_other_names,
            voided,
            added: only_added.then_some(added),
        })
    }
}

/// SECURITY: of a package that somebody writes to while it is read, the list would be of other files than the package has.
///
/// # Errors
/// [`SignError::Changed`] if somebody has.
pub(super) fn ensure_as_opened(package: &OpenDeb, path: &Path) -> Result<(), SignError> {
    match package.is_as_opened() {
        Ok(true) => Ok(()),
        Ok(false) => Err(SignError::Changed(path.to_owned())),
        Err(error) => Err(SystemError::at("stat", path)(error).into()),
    }
}
