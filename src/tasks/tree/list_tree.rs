//! The folder that holds a tree: its lists are found, read, written and removed.

use std::fs::{self, DirEntry};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use super::{ListFileError, PrivateFolder};
use crate::format::imasigs::List;
use crate::format::tree::{ListName, compress, decompress};
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// Lists are for everybody, as far as the umask lets them.
const MODE: u32 = 0o666;

/// A tree that lists are written to. Several processes may have one open at a time, and write different lists.
#[derive(Debug)]
pub struct ListTree {
    folder: PathBuf,
    private: PrivateFolder,
}

impl ListTree {
    /// Opens the tree in a folder that exists. What a process left there that was killed is removed.
    ///
    /// # Errors
    /// If the folder is missing, or cannot be written to.
    pub fn open(folder: &Path) -> Result<Self, SystemError> {
        Ok(Self {
            folder: folder.to_owned(),
            private: PrivateFolder::open(folder)?,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the list of that name is, or would be.
    #[must_use]
    pub fn place(&self, name: &ListName) -> PathBuf {
        self.folder.join(name.path())
    }

    /// A file of the makers' own.
    #[must_use]
    pub fn private(&self, name: &str) -> PathBuf {
        self.private.file(name)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// If it is not there, damaged, or over a limit.
    pub fn read(&self, name: &ListName) -> Result<List, ListFileError> {
        read_list(&self.place(name))
    }

    /// Writes a list; returns the size of its file. Afterwards it is in the tree whole, even if the power fails, or the tree has
    /// what it had.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn write(&self, name: &ListName, list: &List) -> Result<u64, SystemError> {
        let place = self.place(name);
        let folder = self.folder.join(name.folder());
        fs::create_dir_all(&folder).map_err(SystemError::at("make", &folder))?;
        let mut file = self.private.unfinished(MODE)?;
        let size = compress(list, BufWriter::new(file.as_file_mut()))
            .and_then(|()| file.as_file().sync_all())
            .and_then(|()| file.as_file().metadata())
            .map_err(SystemError::at("write", &place))?
            .len();
        file.persist(&place)
            .map_err(|error| SystemError::at("write", &place)(error.error))?;
        Ok(size)
    }

    /// Removes a list, and its folder if no other version is in it.
    ///
    /// # Errors
    /// If the list cannot be removed.
    pub fn remove(&self, name: &ListName) -> Result<(), SystemError> {
        let place = self.place(name);
        fs::remove_file(&place).map_err(SystemError::at("remove", &place))?;
        let mut folders = place.ancestors().skip(1).take(2);
        // A folder that is not empty stays, and those above it.
        folders.all(|folder| fs::remove_dir(folder).is_ok());
        Ok(())
    }

    /// The names of all lists, sorted. Anything else in the folder is passed over.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn lists(&self) -> Result<Vec<ListName>, SystemError> {
        let mut names = lists_in(&self.folder)?;
        names.sort();
        Ok(names)
    }
}

/// The names of the lists in a folder that need not be a tree, in any order.
///
/// # Errors
/// If a folder cannot be read.
pub fn lists_in(folder: &Path) -> Result<Vec<ListName>, SystemError> {
    let mut names = Vec::new();
    for prefix in folders_in(folder)? {
        for package in still_there(folders_in(&prefix))? {
            for file in still_there(entries_in(&package))? {
                let path = file.path();
                let within = path.strip_prefix(folder).ok().and_then(Path::to_str);
                let name = within.and_then(ListName::parse);
                names.extend(name.filter(|_| file.file_type().is_ok_and(|kind| kind.is_file())));
            }
        }
    }
    Ok(names)
}

/// Reads the list in a file.
///
/// # Errors
/// If it is not there, damaged, or over a limit.
pub fn read_list(path: &Path) -> Result<List, ListFileError> {
    let file = open_named(path).map_err(SystemError::at("open", path))?;
    let mut entries = Vec::new();
    decompress(BufReader::new(file), |entry| entries.push(entry))?;
    Ok(List::new(entries))
}

/// What was listed; nothing, if another process has removed the folder since it was found.
fn still_there<T>(listed: Result<Vec<T>, SystemError>) -> Result<Vec<T>, SystemError> {
    match listed {
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed,
    }
}

/// The folders in a folder, without symlinks.
fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, SystemError> {
    let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let entries = entries_in(folder)?.into_iter().filter(is_folder);
    Ok(entries.map(|entry| entry.path()).collect())
}

fn entries_in(folder: &Path) -> Result<Vec<DirEntry>, SystemError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect);
    entries.map_err(SystemError::at("list", folder))
}
