//! A .deb that is open for reading.

use std::fs::File;
use std::path::Path;

use super::ContentsError;
use crate::format::deb::{Control, DebError, Layout};
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// A .deb whose headers passed every check, with its control archive decompressed and data.tar still to be read.
#[derive(Debug)]
pub struct OpenDeb {
    /// The file itself; its position is of no account.
    pub file: File,
    /// Where its members are in the file.
    pub layout: Layout,
    /// Its control archive, held whole.
    pub control: Control,
}

impl OpenDeb {
    /// Opens the .deb at `path`, which must be a regular file.
    ///
    /// # Errors
    /// If it cannot be opened or read, or is no package that we read.
    pub fn at(path: &Path) -> Result<Self, ContentsError> {
        let file = open_named(path).map_err(SystemError::at("open", path))?;
        Ok(Self::read(file)?)
    }

    fn read(mut file: File) -> Result<Self, DebError> {
        let layout = Layout::scan(&mut file)?;
        let control = Control::read(&mut file, &layout)?;
        Ok(Self {
            file,
            layout,
            control,
        })
    }
}

/// Reads the control archive of the .deb at `path`, which must be a regular file, and closes it.
///
/// # Errors
/// As [`OpenDeb::at`], in messages that do not name the file.
pub fn control_of(path: &Path) -> Result<Control, DebError> {
    let file = open_named(path).map_err(DebError::io("cannot open"))?;
    Ok(OpenDeb::read(file)?.control)
}
