//! Checks the label of an open file against its content, as the kernel would, and against its list.

use std::fs::File;
use std::io;
use std::path::Path;

use super::standing::{OnDisk, Standing};
use super::verdict::{LabelCheck, Verdict};
use crate::format::ima::{Digest, KeyId, Label, Signature};
use crate::format::imasigs::Entry;
use crate::keys::signing::{Check, Checker, Trust};
use crate::machine::attribute;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The verdict on a file by itself; none if no regular file is there. No list says what it should hold, so a signature
/// that does not fit its content counts as altered.
///
/// # Errors
/// If content or label cannot be read.
pub fn verdict_on_file(
    root: &Root,
    path: &Path,
    trust: &Trust,
) -> Result<Option<Verdict>, SystemError> {
    let Some(file) = root.open_file(path)? else {
        return Ok(None);
    };
    let verdict = verdict_alone(&file, trust);
    Ok(Some(
        verdict.map_err(SystemError::at("read", &root.display(path)))?,
    ))
}

fn verdict_alone(file: &File, trust: &Trust) -> io::Result<Verdict> {
    let (standing, label) = match attribute::read(file)? {
        Label::None | Label::Hash => (Standing::Listed, LabelCheck::Unsigned),
        Label::Malformed(_) => (Standing::Listed, LabelCheck::Malformed),
        Label::Signature(signature) => {
            let digest = digest_of(file, signature.algorithm, file.metadata()?.len())?;
            let (key_id, check) = check_signature(&mut trust.checker(), &signature, &digest);
            let standing = match check {
                Check::Invalid => Standing::Altered,
                Check::Valid | Check::UnknownKey => Standing::Listed,
            };
            (standing, LabelCheck::Listed(key_id, check))
        }
    };
    Ok(Verdict::of(standing, label))
}

/// Content and label of the file that an entry names, which was just opened and has that size.
pub(crate) fn check_listed(
    file: &File,
    size: u64,
    entry: &Entry,
    checker: &mut Checker<'_>,
) -> io::Result<(OnDisk, LabelCheck)> {
    let algorithm = entry.digest.algorithm();
    let is_listed = size == entry.size && digest_of(file, algorithm, size)? == entry.digest;
    let on_disk = match is_listed {
        true => OnDisk::Listed,
        false => OnDisk::Other,
    };
    let label = match attribute::read(file)? {
        Label::None | Label::Hash => check_without_label(entry, checker),
        Label::Malformed(_) => LabelCheck::Malformed,
        Label::Signature(signature) => check_label(file, size, &signature, entry, checker)?,
    };
    Ok((on_disk, label))
}

/// An entry's signature where no label can be compared with it.
pub(crate) fn check_without_label(entry: &Entry, checker: &mut Checker<'_>) -> LabelCheck {
    match check_signature(checker, &entry.signature, &entry.digest) {
        (key_id, Check::Invalid) => LabelCheck::InsteadOf(key_id),
        _ => LabelCheck::Unsigned,
    }
}

fn check_label(
    file: &File,
    size: u64,
    signature: &Signature,
    entry: &Entry,
    checker: &mut Checker<'_>,
) -> io::Result<LabelCheck> {
    let (listed, of_list) = check_signature(checker, &entry.signature, &entry.digest);
    if *signature == entry.signature {
        return Ok(LabelCheck::Listed(listed, of_list));
    }
    let digest = digest_of(file, signature.algorithm, size)?;
    let (key_id, check) = check_signature(checker, signature, &digest);
    Ok(match (check, of_list) {
        (Check::Valid | Check::UnknownKey, Check::Invalid) => LabelCheck::InsteadOf(listed),
        _ => LabelCheck::Other(key_id, check),
    })
}

/// The key that a signature names, and whether the signature is by it.
pub(crate) fn check_signature(
    checker: &mut Checker<'_>,
    signature: &Signature,
    digest: &Digest,
) -> (KeyId, Check) {
    (signature.key_id, checker.check(signature, digest))
}
