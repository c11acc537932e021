//! Checks the label of an open file against its content, as the kernel would, and against its list.

use std::fs::File;
use std::io;
use std::path::Path;

use super::standing::{OnDisk, Standing};
use super::verdict::{LabelCheck, LabelKey, Verdict};
use crate::format::ima::{Label, Signature};
use crate::format::imasigs::Entry;
use crate::keys::held::{Authenticity, Verify};
use crate::keys::signing::{Check, Checker};
use crate::machine::attribute;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The verdict of these keys on a file by itself, and the key that its label names; none if no regular file is there. No
/// list says what it should hold, so a signature that does not fit its content counts as altered.
///
/// # Errors
/// If content or label cannot be read.
pub fn verdict_on_file(
    root: &Root,
    path: &Path,
    keys: &dyn Verify,
) -> Result<Option<(Verdict, Option<LabelKey>)>, SystemError> {
    let Some(file) = root.open_file(path)? else {
        return Ok(None);
    };
    let checked = attribute::read(&file).and_then(|label| check_alone(&file, label, keys));
    let (standing, label) = checked.map_err(SystemError::at("read", &root.display(path)))?;
    Ok(Some((Verdict::of(standing, label), label.key())))
}

/// The verdict on an open file that has that label, as [`verdict_on_file`] gives it.
pub(crate) fn verdict_on_label(
    file: &File,
    label: Label,
    keys: &dyn Verify,
) -> io::Result<Verdict> {
    let (standing, label) = check_alone(file, label, keys)?;
    Ok(Verdict::of(standing, label))
}

fn check_alone(file: &File, label: Label, keys: &dyn Verify) -> io::Result<(Standing, LabelCheck)> {
    Ok(match label {
        Label::None | Label::Hash => (Standing::Listed, LabelCheck::Unsigned),
        Label::Malformed(_) => (Standing::Listed, LabelCheck::Malformed),
        Label::Signature(signature) => {
            let digest = digest_of(file, signature.algorithm, file.metadata()?.len())?;
            let (standing, check) = match keys.verify(&signature, &digest) {
                Authenticity::Genuine => (Standing::Listed, Check::Valid),
                Authenticity::Forged => (Standing::Altered, Check::Invalid),
                Authenticity::Unknown => (Standing::Listed, Check::UnknownKey),
            };
            (standing, LabelCheck::Listed(signature.key_id, check))
        }
    })
}

/// Compares the file that an entry names, which was just opened and has that size, with the entry.
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

/// Checks an entry's signature where there is no label to compare: a forged list is named all the same.
pub(crate) fn check_without_label(entry: &Entry, checker: &mut Checker<'_>) -> LabelCheck {
    match checker.check(&entry.signature, &entry.digest) {
        Check::Invalid => LabelCheck::InsteadOf(entry.signature.key_id),
        Check::Valid | Check::UnknownKey => LabelCheck::Unsigned,
    }
}

fn check_label(
    file: &File,
    size: u64,
    signature: &Signature,
    entry: &Entry,
    checker: &mut Checker<'_>,
) -> io::Result<LabelCheck> {
    let listed = checker.check(&entry.signature, &entry.digest);
    if *signature == entry.signature {
        return Ok(LabelCheck::Listed(signature.key_id, listed));
    }
    let digest = digest_of(file, signature.algorithm, size)?;
    Ok(match (checker.check(signature, &digest), listed) {
        (Check::Valid | Check::UnknownKey, Check::Invalid) => {
            LabelCheck::InsteadOf(entry.signature.key_id)
        }
        (check, _) => LabelCheck::Other(signature.key_id, check),
    })
}
