//! Takes the entries and the labels of local programs away.

use std::mem::take;
use std::path::{Path, PathBuf};

use super::ToldOfFile;
use super::error::LocalError;
use super::list::{forget_in_store, read_list, take_over, write_list};
use super::path::entry_path;
use crate::format::ima::Label;
use crate::format::imasigs::{Entry, FileEntries, List, ListedFile};
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;
use crate::machine::root::Root;
use crate::signatures::Lock;

/// Takes these files out of the list of local programs, and the labels from it off them; returns the number of them. A label that
/// a file has from elsewhere stays. A file that is not listed is told of, and the others are forgotten.
///
/// # Errors
/// If the list cannot be read or written: then no file was touched.
pub fn forget_local(
    root: &Root,
    files: &[PathBuf],
    tell: ToldOfFile<'_>,
) -> Result<usize, LocalError> {
    let lock = Lock::take(root)?;
    let mut entries = read_list(root)?.into_entries();
    let mut gone = Vec::new();
    for file in files {
        match take_out(root, file, &mut entries) {
            Ok(listed) => gone.push((file, listed)),
            Err(error) => tell(file, Err(error)),
        }
    }
    if gone.is_empty() {
        return Ok(0);
    }
    // First what could bring the labels back.
    write_list(&lock, &List::new(entries))?;
    forget_in_store(root, &lock)?;
    drop(lock);
    take_over(root)?;
    let mut opener = PathOpener::new(root)?;
    for (file, listed) in &gone {
        tell(file, strip(root, listed.entries(), &mut opener));
    }
    Ok(gone.len())
}

fn take_out(root: &Root, file: &Path, entries: &mut Vec<Entry>) -> Result<ListedFile, LocalError> {
    let path = entry_path(root, file)?;
    let is_own = |entry: &Entry| entry.path == path;
    let (own, others): (Vec<_>, _) = take(entries).into_iter().partition(is_own);
    *entries = others;
    let mut own = own.into_iter();
    let mut listed = ListedFile::from(own.next().ok_or(LocalError::NotListed)?);
    listed.extend(own);
    Ok(listed)
}

fn strip(
    root: &Root,
    listed: FileEntries<'_>,
    opener: &mut PathOpener<'_>,
) -> Result<(), LocalError> {
    let path = listed.first.path.as_path();
    let Some((file, _)) = opener.open_file(path)? else {
        return Ok(());
    };
    let shown = root.display(path);
    let label = attribute::read(&file).map_err(SystemError::at("read", &shown))?;
    let is_own = |entry: &Entry| label == Label::Signature(entry.signature.clone());
    if listed.iter().any(is_own) {
        attribute::remove(&file)?;
        file.sync_all().map_err(SystemError::at("sync", &shown))?;
    }
    Ok(())
}
