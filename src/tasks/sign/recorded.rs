//! What the journals of an output folder say: of which package was made what is there.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::made::Made;
use super::package::Options;
use crate::contents::Selection;
use crate::format::deb::Voided;
use crate::format::ima::Digest;
use crate::format::imasigs::escaped;

/// What journals said when they were read.
#[derive(Debug)]
pub struct Recorded<M> {
    /// How packages are signed: what was made otherwise is not found.
    options: String,
    /// By place: what was made there last.
    last: HashMap<String, Record<M>>,
    /// The place of what was made of the file with that stamp.
    by_stamp: HashMap<String, String>,
}

/// What one line says.
#[derive(Debug)]
pub(super) struct Record<M> {
    pub(super) made: M,
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

impl<M: Made> Recorded<M> {
    /// Reads a journal, and what others beside it say, those whose names are its own up to the dot; where they differ, this one
    /// counts. Nothing is said where there is none.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(super) fn read(journal: &Path, options: Options) -> io::Result<Self> {
        let text = others(journal)? + &text_of(journal)?;
        let records = text.lines().filter_map(Record::<M>::parse);
        let mut last = HashMap::new();
        last.extend(records.map(|record| (record.made.place(), record)));
        let options = word(options);
        let stamps = last.iter();
        let stamps = stamps.filter(|(_, record)| record.options == options);
        let by_stamp = stamps
            .map(|(place, record)| (record.stamp.clone(), place.clone()))
            .collect();
        Ok(Self {
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
        let same = record.digest == digest.to_string() && record.options == self.options;
        same.then_some(&record.made)
    }

    /// Where something was made, with any options.
    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        self.last.keys().map(String::as_str)
    }

    /// The line that says what was made of a package.
    pub(super) fn line(&self, made: &M, digest: &Digest, stamp: &FileStamp) -> String {
        format!("{} {} {digest} {}\n", made.word(), self.options, stamp.0)
    }
}

impl<M: Made> Record<M> {
    pub(super) fn parse(line: &str) -> Option<Self> {
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
    let folder = match fs::read_dir(path.parent().unwrap_or(Path::new("."))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        folder => folder?,
    };
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

/// The text of a journal, whatever bytes are in it; empty if it is not there.
pub(super) fn text_of(path: &Path) -> io::Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}
