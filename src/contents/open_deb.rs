//! A .deb that is open for reading.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
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
    written: LastWrite,
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
        let written = LastWrite::to(&file).map_err(DebError::io("cannot read"))?;
        let layout = Layout::scan(&mut file)?;
        let control = Control::read(&mut file, &layout)?;
        Ok(Self {
            file,
            layout,
            control,
            written,
        })
    }

    /// Whether nobody has written to the file since before its first byte was read: only then what was read of it is of one
    /// package.
    ///
    /// # Errors
    /// The kernel's.
    pub fn is_as_opened(&self) -> io::Result<bool> {
        Ok(self.written.is_last(LastWrite::to(&self.file)?))
    }
}

/// What tells that a file was written to. Times are in seconds and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LastWrite {
    size: u64,
    modified: (i64, i64),
    /// Unlike the other time, whoever writes cannot set it.
    changed: (i64, i64),
    /// The number of hard links, which changes that time too.
    names: u64,
}

impl LastWrite {
    fn to(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            names: metadata.nlink(),
        })
    }

    /// Whether the file was not written to until it was like that. A pool may have a package under two names, of which the one
    /// is replaced while the other is read.
    fn is_last(self, now: Self) -> bool {
        let same = (self.size, self.modified) == (now.size, now.modified);
        same && (self.changed == now.changed || self.names != now.names)
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
