//! Where a signed package goes, and how it gets there whole or not at all.

use std::fs::{self, File, Metadata};
use std::io::BufWriter;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::SignError;
use crate::system::SystemError;

/// Where signed packages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into this folder, which must exist; what lies deeper in a pool gets its folders made.
    Folder(PathBuf),
    /// Each in place of its input.
    InPlace,
}

impl Destination {
    /// The output for a package that lies at `within` beneath the argument that named it.
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
            // The file itself, so that a symlink to it stays one.
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
    file: NamedTempFile,
    place: PathBuf,
}

impl Output {
    /// Begins a file that will be at `place`, with the mode of the input.
    pub(super) fn create(place: &Path, input: &Metadata) -> Result<Self, SignError> {
        let folder = folder_of(place);
        fs::create_dir_all(folder).map_err(SystemError::at("make", folder))?;
        let file = tempfile::Builder::new()
            .prefix(".dpkg-ima.")
            .tempfile_in(folder)
            .map_err(SystemError::at("write in", folder))?;
        file.as_file()
            .set_permissions(input.permissions())
            .map_err(SystemError::at("set the mode of", place))?;
        let place = place.to_owned();
        Ok(Self { file, place })
    }

    /// Where the content is written.
    pub(super) fn writer(&mut self) -> BufWriter<&mut File> {
        BufWriter::with_capacity(1 << 17, self.file.as_file_mut())
    }

    /// Puts the file at its place. Afterwards it is there whole, even if the power fails.
    pub(super) fn finish(self) -> Result<(), SignError> {
        let write = || SystemError::at("write", &self.place);
        self.file.as_file().sync_all().map_err(write())?;
        let rename = write();
        let folder = folder_of(&self.place);
        self.file
            .persist(&self.place)
            .map_err(|error| rename(error.error))?;
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(synced.map_err(SystemError::at("write in", folder))?)
    }
}

/// The folder that holds a file; `.` for a bare name.
fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
