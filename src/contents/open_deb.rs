//! A .deb that is open for reading.

use std::fs::File;
use std::path::Path;

use super::ContentsError;
use crate::format::deb::{Control, Layout};
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// A .deb whose headers were checked and whose control archive was read.
#[derive(Debug)]
pub struct Package {
    /// The file itself.
    pub file: File,
    /// Its members.
    pub layout: Layout,
    /// Its control archive.
    pub control: Control,
}

impl Package {
    /// Opens a .deb.
    ///
    /// # Errors
    /// If it cannot be read, or is no package that we read.
    pub fn open(path: &Path) -> Result<Self, ContentsError> {
        let mut file = open_named(path).map_err(SystemError::at("open", path))?;
        let layout = Layout::scan(&mut file)?;
        let control = Control::read(&mut file, &layout)?;
        Ok(Self {
            file,
            layout,
            control,
        })
    }
}
