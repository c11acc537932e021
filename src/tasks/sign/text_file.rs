//! A file of lines, written whole or not at all.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::output::folder_of;
use crate::machine::error::SystemError;

/// Digests and signatures are no secret: for everybody, as far as the umask lets them.
const MODE: u32 = 0o666;

/// A file that is being written beside its place. Unless finished, it is removed.
#[derive(Debug)]
pub struct TextFile {
    file: BufWriter<NamedTempFile>,
    place: PathBuf,
}

impl TextFile {
    /// Begins the file that will be at `place`, in a folder that exists.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn create(place: &Path) -> Result<Self, SystemError> {
        let folder = folder_of(place);
        let file = tempfile::Builder::new()
            .prefix(".dpkg-ima.")
            .permissions(Permissions::from_mode(MODE))
            .tempfile_in(folder)
            .map_err(SystemError::at("write in", folder))?;
        Ok(Self {
            file: BufWriter::new(file),
            place: place.to_owned(),
        })
    }

    /// Writes a line and its line feed.
    ///
    /// # Errors
    /// If the disk is full, for one.
    pub fn line(&mut self, line: &str) -> Result<(), SystemError> {
        writeln!(self.file, "{line}").map_err(SystemError::at("write", &self.place))
    }

    /// Puts the file at its place, and on disk. What was there is replaced.
    ///
    /// # Errors
    /// If that fails; then what was there is as it was.
    pub fn finish(self) -> Result<(), SystemError> {
        let Self { file, place } = self;
        let finish = || {
            let file = file.into_inner()?;
            file.as_file().sync_all()?;
            file.persist(&place)?;
            Ok::<_, io::Error>(())
        };
        finish().map_err(SystemError::at("write", &place))
    }
}
