//! The journal of a tree: from which packages its lists were made, so that those need not be read again.
//!
//! One line a list, appended once the list is in the tree. A line that is lost or cut off, by a kill or by two processes that
//! write at a time, costs the work for one package and nothing else: whether a list is there and whole is asked of the list.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::package::Options;
use crate::contents::Selection;
use crate::format::ima::Digest;
use crate::format::imasigs::escaped;
use crate::format::tree::ListName;
use crate::machine::error::SystemError;

/// The journal, as it was when it was opened. What is added is not found in it.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// How packages are signed: lists that were made otherwise are not found.
    options: String,
    by_stamp: HashMap<String, ListName>,
    by_content: HashMap<String, ListName>,
}

/// The name of a package's file, its size, and when it was modified. A file with the same has not been changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileStamp(String);

impl FileStamp {
    pub(super) fn new(package: &Path, metadata: &Metadata) -> Self {
        let name = package.file_name().unwrap_or(package.as_os_str());
        Self(format!(
            "{} {}.{:09} {}",
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            escaped(name.as_bytes())
        ))
    }
}

impl Journal {
    /// Opens a journal, which is empty if it is not there.
    ///
    /// # Errors
    /// If it cannot be read and written.
    pub(super) fn open(path: PathBuf, options: Options) -> Result<Self, SystemError> {
        let selection = match options.selection {
            Selection::Executable => "executable",
            Selection::All => "all",
        };
        let options = format!("{selection} {}", options.algorithm);
        let (file, text) = read(&path).map_err(SystemError::at("open", &path))?;
        let mut by_stamp = HashMap::new();
        let mut by_content = HashMap::new();
        for (name, digest, stamp) in text.lines().filter_map(|line| record(line, &options)) {
            by_content.insert(digest.to_owned(), name.clone());
            by_stamp.insert(stamp.to_owned(), name);
        }
        Ok(Self {
            path,
            file,
            options,
            by_stamp,
            by_content,
        })
    }

    /// The list that was made of a file with that stamp.
    pub(super) fn by_stamp(&self, stamp: &FileStamp) -> Option<&ListName> {
        self.by_stamp.get(&stamp.0)
    }

    /// The list that was made of a package with that content.
    pub(super) fn by_content(&self, digest: &Digest) -> Option<&ListName> {
        self.by_content.get(&digest.to_string())
    }

    /// Notes that a list was made of that package.
    ///
    /// # Errors
    /// If the journal cannot be written to.
    pub(super) fn add(
        &self,
        name: &ListName,
        digest: &Digest,
        stamp: &FileStamp,
    ) -> Result<(), SystemError> {
        let line = format!("{} {} {digest} {}\n", name.path(), self.options, stamp.0);
        // One write, so that lines of several threads and processes do not mix.
        let written = (&self.file).write_all(line.as_bytes());
        written.map_err(SystemError::at("write", &self.path))
    }

    /// Forgets all lists but those.
    ///
    /// # Errors
    /// If the journal cannot be replaced.
    pub(super) fn retain(&self, names: &HashSet<ListName>) -> Result<(), SystemError> {
        self.replace(names)
            .map_err(SystemError::at("write", &self.path))
    }

    fn replace(&self, names: &HashSet<ListName>) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut new = NamedTempFile::new_in(folder)?;
        for line in fs::read_to_string(&self.path)?.lines() {
            let path = line.split(' ').next().unwrap_or_default();
            if ListName::parse(path).is_some_and(|name| names.contains(&name)) {
                writeln!(new, "{line}")?;
            }
        }
        new.persist(&self.path)?;
        Ok(())
    }
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

/// What a line says of a list that was made with those options: its name, the package's digest and stamp.
fn record<'a>(line: &'a str, options: &str) -> Option<(ListName, &'a str, &'a str)> {
    let (path, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix(options)?.strip_prefix(' ')?;
    let (digest, stamp) = rest.split_once(' ')?;
    Some((ListName::parse(path)?, digest, stamp))
}
