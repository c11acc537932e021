//! The journal of an output folder: from which packages its lists or packages were made, so that those need not be read
//! again.
//!
//! One line for each that was made, appended when it is finished. A line that is lost or cut off, by a kill or by two processes
//! that write at a time, costs the work for one package and nothing else. What a line says is a claim: whether it is there and
//! whole is asked of what was made.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::made::Made;
use super::package::Options;
use super::recorded::{FileStamp, Record, Recorded, text_of};
use crate::format::ima::Digest;
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;
use crate::tasks::tree::unfinished_in;

/// Journals are for everybody to read, as far as the umask lets them: who may not write can still count.
const MODE: u32 = 0o666;

/// The journal of whoever writes to the folder.
#[derive(Debug)]
pub(super) struct Journal<M> {
    path: PathBuf,
    /// As it was when the journal was opened. What is added is not found in it.
    pub(super) recorded: Recorded<M>,
}

impl<M: Made> Journal<M> {
    /// Opens a journal, which is empty if it is not there. What others beside it say is known too.
    ///
    /// # Errors
    /// If it cannot be read and written.
    pub(super) fn open(path: PathBuf, options: Options) -> Result<Self, SystemError> {
        end_last_line(&path).map_err(SystemError::at("open", &path))?;
        let recorded = Recorded::read(&path, options).map_err(SystemError::at("read", &path))?;
        Ok(Self { path, recorded })
    }

    /// Notes what was made of a package.
    ///
    /// # Errors
    /// If the journal cannot be written to.
    pub(super) fn add(
        &self,
        made: &M,
        digest: &Digest,
        stamp: &FileStamp,
    ) -> Result<(), SystemError> {
        let line = self.recorded.line(made, digest, stamp);
        // Opened each time: another process may have replaced it. One write, so that lines of several threads and processes do
        // not mix.
        let written = open(&self.path).and_then(|mut file| file.write_all(line.as_bytes()));
        written.map_err(SystemError::at("write", &self.path))
    }

    /// All that was ever made, with any options, and not forgotten since.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub(super) fn all_made(&self) -> Result<Vec<M>, SystemError> {
        let text = text_of(&self.path).map_err(SystemError::at("read", &self.path))?;
        let records = text.lines().filter_map(Record::<M>::parse);
        Ok(records.map(|record| record.made).collect())
    }

    /// Forgets what was made at other places than those that are to stay.
    ///
    /// # Errors
    /// If the journal cannot be replaced.
    pub(super) fn retain(&self, stays: impl Fn(&M) -> bool) -> Result<(), SystemError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let new = unfinished_in(folder, MODE)?;
        self.replace(new, stays)
            .map_err(SystemError::at("write", &self.path))
    }

    fn replace(&self, mut new: NamedTempFile, stays: impl Fn(&M) -> bool) -> io::Result<()> {
        for line in text_of(&self.path)?.lines() {
            if Record::<M>::parse(line).is_some_and(|record| stays(&record.made)) {
                writeln!(new, "{line}")?;
            }
        }
        new.as_file().sync_all()?;
        new.persist(&self.path)?;
        Ok(())
    }
}

/// Copies a journal to another private folder, whole or not at all.
///
/// # Errors
/// If the one cannot be read, or the other not be written to.
pub(super) fn copy_journal(from: &Path, to: &Path) -> Result<(), SystemError> {
    let mut old = open_named(from).map_err(SystemError::at("open", from))?;
    let mut new = unfinished_in(to.parent().unwrap_or(Path::new(".")), MODE)?;
    io::copy(&mut old, &mut new)
        .and_then(|_| new.as_file().sync_all())
        .and_then(|()| Ok(new.persist(to)?))
        .map(drop)
        .map_err(SystemError::at("copy", from))
}

/// The journal, to be appended to.
fn open(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

/// Ends a line that was cut off, so that it spoils no other.
fn end_last_line(path: &Path) -> io::Result<()> {
    let mut file = open(path)?;
    let bytes = fs::read(path)?;
    if bytes.last().is_some_and(|last| *last != b'\n') {
        file.write_all(b"\n")?;
    }
    Ok(())
}
