//! Where the content of a file comes from that no package has: `cp` leaves labels behind.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::judge::Judge;
use super::standing_now::{LabelNow, SignatureNow};
use crate::dpkg::Database;
use crate::format::ima::{Digest, HashAlgorithm};
use crate::format::imasigs::Entry;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::tasks::target::TargetError;

/// The path of a file with that content and a good label, with a slash at its start; none if no list names the content.
/// A list that is not well-formed is passed over: `verify` names it.
pub(super) fn original_of(
    judge: &Judge<'_>,
    file: &File,
    size: u64,
) -> Result<Option<PathBuf>, TargetError> {
    let database = Database::new(judge.root);
    let mut digests = Vec::new();
    for list in database.lists()? {
        let Ok(Some(entries)) = database.entries(&list.package) else {
            continue;
        };
        for entry in entries.flatten().filter(|entry| entry.size == size) {
            let digest = digest(file, size, entry.digest.algorithm(), &mut digests)?;
            let is_same = digest == entry.digest;
            if let Some(path) = is_same.then(|| labelled(judge, &entry)).flatten() {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

/// Each is computed once.
fn digest(
    file: &File,
    size: u64,
    algorithm: HashAlgorithm,
    known: &mut Vec<Digest>,
) -> Result<Digest, SystemError> {
    let found = known.iter().find(|known| known.algorithm() == algorithm);
    if let Some(digest) = found {
        return Ok(*digest);
    }
    let digest = digest_of(file, algorithm, size);
    let digest = digest.map_err(SystemError::at("read", Path::new("file")))?;
    known.push(digest);
    Ok(digest)
}

/// The path of an entry whose file the kernel would take.
fn labelled(judge: &Judge<'_>, entry: &Entry) -> Option<PathBuf> {
    let path = Path::new("/").join(entry.path.as_path());
    let file = judge.root.open_file(&path).ok()??;
    let label = judge.label(&file, &path).ok()?;
    matches!(label, LabelNow::Signature(SignatureNow::Genuine(_))).then_some(path)
}
