//! Signs local programs where they are.

use std::collections::HashMap;
use std::path::PathBuf;

use nix::sys::stat::fstat;

use super::ToldOfFile;
use super::error::LocalError;
use super::file_state::FileState;
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

/// A file that is to be signed.
#[derive(Clone, Debug)]
pub struct ToSign {
    /// Its path, as the user named it, or from the root.
    pub path: PathBuf,
    /// The state that it was shown in, which it must have; none if it is to be signed as it is.
    pub shown: Option<FileState>,
}

/// Signs these files, labels them, and keeps their signatures in the list of local programs; returns the number of them.
/// Afterwards labels and list are on disk. A file that cannot be signed is told of, and the others are. The list names only
/// what has its label, so a run that is cut short can just be run again.
///
/// # Errors
/// If the key is not held here, or the list cannot be used: then no file was touched. Or if the list cannot be written.
pub fn sign_local(
    root: &Root,
    files: &[ToSign],
    (signer, algorithm): (&dyn Signer, HashAlgorithm),
    tell: ToldOfFile<'_>,
) -> Result<usize, LocalError> {
    ensure_held(root, signer)?;
    read_list(root)?;
    let mut opener = PathOpener::new(root)?;
    let mut entries = Vec::new();
    // By the state before: the label changes it, and a file may have several names.
    let mut labelled = HashMap::new();
    for file in files {
        let signed = match signed_by_another_name(root, file, &mut opener, &labelled) {
            Some(entry) => Ok(entry),
            None => sign(root, file, &mut opener, (signer, algorithm)),
        };
        let told = signed.map(|entry| {
            labelled.extend(file.shown.map(|shown| (shown, entry.clone())));
            entries.push(entry);
        });
        let is_final = matches!(&told, Err(LocalError::Key(error)) if error.is_final());
        tell(&file.path, told);
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

/// The entry of a file that has got its label already: what was hashed then was what was shown.
fn signed_by_another_name(
    root: &Root,
    file: &ToSign,
    opener: &mut PathOpener<'_>,
    labelled: &HashMap<FileState, Entry>,
) -> Option<Entry> {
    let shown = file.shown?;
    let entry = labelled.get(&shown)?;
    let path = entry_path(root, &file.path).ok()?;
    let (_, stat) = opener.open_file(path.as_path()).ok()??;
    let is_same = FileState::from(&stat).identity == shown.identity;
    is_same.then(|| Entry {
        path,
        ..entry.clone()
    })
}

/// SECURITY: what is hashed is what is labelled, by one descriptor, which was reached by links of root's alone; and it is what
/// was shown.
fn sign(
    root: &Root,
    file: &ToSign,
    opener: &mut PathOpener<'_>,
    (signer, algorithm): (&dyn Signer, HashAlgorithm),
) -> Result<Entry, LocalError> {
    let path = entry_path(root, &file.path)?;
    let (opened, stat) = opener
        .open_file(path.as_path())?
        .ok_or(LocalError::NoFile)?;
    let shown = root.display(path.as_path());
    let state = FileState::from(&stat);
    if file.shown.is_some_and(|shown| shown != state) {
        return Err(LocalError::Changed);
    }
    let size = stat.st_size.unsigned_abs();
    let digest = digest_of(&opened, algorithm, size).map_err(SystemError::at("read", &shown))?;
    let signature = signer.sign_verified(&digest)?;
    let now = fstat(&opened).map_err(SystemError::at("examine", &shown))?;
    if FileState::from(&now) != state {
        return Err(LocalError::Changed);
    }
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
