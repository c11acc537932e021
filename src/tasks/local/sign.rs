//! Signs local programs where they are.

use std::path::{Path, PathBuf};

use super::ToldOfFile;
use super::error::LocalError;
use super::key::ensure_held;
use super::list::{read_list, take_over, write_list};
use super::path::entry_path;
use crate::format::ima::HashAlgorithm;
use crate::format::imasigs::Entry;
use crate::keys::signing::Signer;
use crate::machine::attribute;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;
use crate::machine::root::Root;
use crate::signatures::Lock;

/// Signs these files, labels them, and keeps their signatures in the list of local programs; returns the number of them.
/// Afterwards labels and list are on disk. A file that cannot be signed is told of, and the others are. The list names only
/// what has its label, so a run that is cut short can just be run again.
///
/// # Errors
/// If the key is not held here, or the list cannot be used: then no file was touched. Or if the list cannot be written.
pub fn sign_local(
    root: &Root,
    files: &[PathBuf],
    (signer, algorithm): (&dyn Signer, HashAlgorithm),
    tell: ToldOfFile<'_>,
) -> Result<usize, LocalError> {
    ensure_held(root, signer)?;
    read_list(root)?;
    let mut opener = PathOpener::new(root)?;
    let mut entries = Vec::new();
    for file in files {
        let signed = sign(root, file, &mut opener, (signer, algorithm));
        let told = signed.map(|entry| entries.push(entry));
        let is_final = matches!(&told, Err(LocalError::Key(error)) if error.is_final());
        tell(file, told);
        if is_final {
            break;
        }
    }
    let signed = entries.len();
    if signed > 0 {
        // The lock is not held while a slow token signs.
        let lock = Lock::take(root)?;
        write_list(&lock, &read_list(root)?.with(entries))?;
        drop(lock);
        take_over(root)?;
    }
    Ok(signed)
}

/// SECURITY: what is hashed is what is labelled, by one descriptor, which was reached by links of root's alone.
fn sign(
    root: &Root,
    file: &Path,
    opener: &mut PathOpener<'_>,
    (signer, algorithm): (&dyn Signer, HashAlgorithm),
) -> Result<Entry, LocalError> {
    let path = entry_path(root, file)?;
    let (opened, stat) = opener
        .open_file(path.as_path())?
        .ok_or(LocalError::NoFile)?;
    let shown = root.display(path.as_path());
    let size = stat.st_size.unsigned_abs();
    let digest = digest_of(&opened, algorithm, size).map_err(SystemError::at("read", &shown))?;
    let signature = signer.sign_verified(&digest)?;
    attribute::write(&opened, &signature)?;
    opened.sync_all().map_err(SystemError::at("sync", &shown))?;
    Ok(Entry {
        path,
        size,
        digest,
        signature,
        unknown: None,
    })
}
