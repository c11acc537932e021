//! The journal of an output folder: from which packages its lists or packages were made, so that those need not be read
//! again.
//!
//! One line for each that was made, appended when it is finished. A line that is lost or cut off, by a kill or by two processes
//! that write at a time, costs the work for one package and nothing else. What a line says is a claim: whether it is there and
//! whole is asked of what was made.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::package::Options;
use crate::contents::Selection;
use crate::format::deb::Voided;
use crate::format::ima::Digest;
use crate::format::imasigs::escaped;
use crate::machine::error::SystemError;

/// What was made of a package, as a journal has it.
pub trait Made: Sized + Sync {
    /// Where it is. What is made later at the same place replaces it.
    fn place(&self) -> String;
    /// All of it in one word, without a space.
    fn word(&self) -> String;
    /// The inverse of [`Self::word`]; none for any other text.
    fn parse(word: &str) -> Option<Self>;
}

/// The journal, as it was when it was opened. What is added is not found in it.
#[derive(Debug)]
pub(super) struct Journal<M> {
    path: PathBuf,
    file: File,
    /// How packages are signed: what was made otherwise is not found.
    options: String,
    /// By place: what was made there last.
    last: HashMap<String, Record<M>>,
    /// The place of what was made of the file with that stamp.
    by_stamp: HashMap<String, String>,
}

/// What one line says.
#[derive(Debug)]
struct Record<M> {
    made: M,
    options: String,
    /// Of the package's file.
    digest: String,
    stamp: String,
}

/// The name of a package's file, its size, and when it was modified. A file with the same has not been changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileStamp(String);

impl FileStamp {
    pub(super) fn new(name: &Path, metadata: &Metadata) -> Self {
        Self(format!(
            "{} {}.{:09} {}",
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            escaped(name.as_os_str().as_bytes())
        ))
    }
}

impl<M: Made> Journal<M> {
    /// Opens a journal, which is empty if it is not there. What others beside it say is known too, those whose names are its own
    /// up to the dot; where they differ, this one counts.
    ///
    /// # Errors
    /// If it cannot be read and written.
    pub(super) fn open(path: PathBuf, options: Options) -> Result<Self, SystemError> {
        let (file, text) = read(&path).map_err(SystemError::at("open", &path))?;
        let text = others(&path).map_err(SystemError::at("read", &path))? + &text;
        let records = text.lines().filter_map(Record::<M>::parse);
        let mut last = HashMap::new();
        last.extend(records.map(|record| (record.made.place(), record)));
        let options = word(options);
        last.retain(|_, record: &mut Record<M>| record.options == options);
        let stamps = last.iter();
        let stamps = stamps.map(|(place, record)| (record.stamp.clone(), place.clone()));
        let by_stamp = stamps.collect();
        Ok(Self {
            path,
            file,
            options,
            last,
            by_stamp,
        })
    }

    /// What was made of a file with that stamp.
    pub(super) fn by_stamp(&self, stamp: &FileStamp) -> Option<&M> {
        let record = self.last.get(self.by_stamp.get(&stamp.0)?)?;
        Some(&record.made)
    }

    /// What was made at that place, if it was of a package with that content.
    pub(super) fn by_content(&self, digest: &Digest, place: &str) -> Option<&M> {
        let record = self.last.get(place)?;
        (record.digest == digest.to_string()).then_some(&record.made)
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
        let line = format!("{} {} {digest} {}\n", made.word(), self.options, stamp.0);
        // One write, so that lines of several threads and processes do not mix.
        let written = (&self.file).write_all(line.as_bytes());
        written.map_err(SystemError::at("write", &self.path))
    }

    /// All that was ever made, with any options, and not forgotten since.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub(super) fn all_made(&self) -> Result<Vec<M>, SystemError> {
        let text = fs::read_to_string(&self.path);
        let text = text.map_err(SystemError::at("read", &self.path))?;
        let records = text.lines().filter_map(Record::parse);
        Ok(records.map(|record| record.made).collect())
    }

    /// Forgets what was made at other places than those that are to stay.
    ///
    /// # Errors
    /// If the journal cannot be replaced.
    pub(super) fn retain(&self, stays: impl Fn(&M) -> bool) -> Result<(), SystemError> {
        self.replace(stays)
            .map_err(SystemError::at("write", &self.path))
    }

    fn replace(&self, stays: impl Fn(&M) -> bool) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut new = NamedTempFile::new_in(folder)?;
        for line in fs::read_to_string(&self.path)?.lines() {
            if Record::parse(line).is_some_and(|record| stays(&record.made)) {
                writeln!(new, "{line}")?;
            }
        }
        new.persist(&self.path)?;
        Ok(())
    }
}

impl<M: Made> Record<M> {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(4, ' ');
        let (made, options) = (M::parse(words.next()?)?, words.next()?.to_owned());
        let (digest, stamp) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Self {
            made,
            options,
            digest,
            stamp,
        })
    }
}

/// The options as one word.
fn word(options: Options) -> String {
    let selection = match options.selection {
        Selection::Executable => "executable",
        Selection::All => "all",
    };
    let voided = match options.voided {
        Voided::Keep => "keep",
        Voided::Drop => "drop",
    };
    format!("{selection},{},{voided}", options.algorithm)
}

/// The texts of the journals beside one, the one that was written to last at the end.
fn others(path: &Path) -> io::Result<String> {
    let stem = path.file_stem();
    let folder = fs::read_dir(path.parent().unwrap_or(Path::new(".")))?;
    let mut others = Vec::new();
    for entry in folder {
        let other = entry?.path();
        if other != path && other.file_stem() == stem {
            others.push((fs::metadata(&other)?.modified()?, other));
        }
    }
    others.sort();
    let mut texts = String::new();
    for (_, other) in others {
        texts.push_str(&String::from_utf8_lossy(&fs::read(other)?));
        // Its last line may be cut off.
        texts.push('\n');
    }
    Ok(texts)
}

/// The journal, to be appended to, and its text. A line that was cut off is ended, so that it spoils no other.
fn read(path: &Path) -> io::Result<(File, String)> {
    let mut file = File::options().append(true).create(true).open(path)?;
    let bytes = fs::read(path)?;
    if bytes.last().is_some_and(|last| *last != b'\n') {
        file.write_all(b"\n")?;
    }
    Ok((file, String::from_utf8_lossy(&bytes).into_owned()))
}
