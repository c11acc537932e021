//! Puts a signed package at its place, whole or not at all.

use std::fs::{self, File, Metadata};
use std::io::BufWriter;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::SignError;
use super::replaced::{Ownership, Replaced};
use super::unfinished::Unfinished;
use crate::machine::error::SystemError;
use crate::tasks::tree::PrivateFolder;

/// The mode of a file that replaces another, while it is written.
const MODE_UNFINISHED: u32 = 0o600;
/// The bits of the input's mode that a new file gets.
const PERMISSIONS: u32 = 0o777;

/// Where signed packages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into this folder, which must exist. Folders beneath it are made, as the pool has them.
    Folder(PathBuf),
    /// Each replaces its input.
    InPlace,
}

impl Destination {
    /// The path of the output for a package that lies at `within` beneath the argument that named it.
    ///
    /// # Errors
    /// If the folder is missing, or the output is the input.
    pub(super) fn place(
        &self,
        input: &Path,
        metadata: &Metadata,
        within: &Path,
    ) -> Result<PathBuf, SignError> {
        let Self::Folder(folder) = self else {
            // Where a symlink leads, so that it stays one.
            return Ok(fs::canonicalize(input).map_err(SystemError::at("find", input))?);
        };
        if !folder.is_dir() {
            return Err(SignError::NoFolder(folder.clone()));
        }
        let output = folder.join(within);
        let same = |there: Metadata| (there.dev(), there.ino()) == (metadata.dev(), metadata.ino());
        if fs::metadata(&output).is_ok_and(same) {
            return Err(SignError::SameFile);
        }
        Ok(output)
    }
}

/// A file that is being written beside its place. Unless finished, it is removed.
#[derive(Debug)]
pub(super) struct Output {
    unfinished: Unfinished,
    place: PathBuf,
    replaced: Option<Replaced>,
}

impl Output {
    /// Begins a file that will be at `place`, in that private folder if it can be renamed from there. What replaces a file is
    /// its owner's alone until it is finished; what is new has the mode of the input, as far as the umask lets it.
    pub(super) fn create(
        place: &Path,
        input: &Metadata,
        replaced: Option<Replaced>,
        private: Option<&PrivateFolder>,
    ) -> Result<Self, SignError> {
        let folder = folder_of(place);
        fs::create_dir_all(folder).map_err(SystemError::at("make", folder))?;
        let private = private.filter(|private| private.is_beside(folder));
        Ok(Self::begin(place, input.mode(), replaced, private)?)
    }

    /// The same in a folder that exists, with that mode for what is new.
    pub(super) fn begin(
        place: &Path,
        mode: u32,
        replaced: Option<Replaced>,
        private: Option<&PrivateFolder>,
    ) -> Result<Self, SystemError> {
        let mode = match replaced {
            Some(_) => MODE_UNFINISHED,
            None => mode & PERMISSIONS,
        };
        let unfinished = match private {
            Some(private) => private.unfinished(mode)?.into(),
            None => Unfinished::begin(folder_of(place), mode)?,
        };
        Ok(Self {
            unfinished,
            place: place.to_owned(),
            replaced,
        })
    }

    /// The file itself, until it is finished.
    pub(super) fn file(&mut self) -> &mut File {
        self.unfinished.file.as_file_mut()
    }

    /// Takes the content.
    pub(super) fn writer(&mut self) -> BufWriter<&mut File> {
        BufWriter::with_capacity(1 << 17, self.file())
    }

    /// Brings the content to disk. The size and the time of modification that it has then stay.
    pub(super) fn on_disk(&self) -> Result<Metadata, SystemError> {
        let file = self.unfinished.file.as_file();
        file.sync_data()
            .and_then(|()| file.metadata())
            .map_err(SystemError::at("write", &self.place))
    }

    /// Puts the file at its place, with owner, group, mode and access control list of the one that it replaces. Afterwards
    /// it is there whole, even if the power fails.
    pub(super) fn finish(self) -> Result<Ownership, SignError> {
        let write = || SystemError::at("write", &self.place);
        let file = self.unfinished.file.as_file();
        let replaced = self.replaced.as_ref();
        let ownership = replaced.map(|old| old.give_to(file, &self.place));
        let ownership = ownership.transpose()?.unwrap_or_default();
        file.sync_all().map_err(write())?;
        if replaced.is_some_and(|old| !old.is_at(&self.place)) {
            return Err(SignError::Changed(self.place));
        }
        let rename = write();
        let folder = folder_of(&self.place);
        self.unfinished.persist(&self.place).map_err(rename)?;
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(SystemError::at("write in", folder))?;
        Ok(ownership)
    }
}

/// The folder that holds a file; `.` for a bare name.
pub(super) fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
