//! Checks the label of an open file against its content, as the kernel would, and against its list.

use std::fs::File;
use std::io;
use std::path::Path;

use super::standing::{OnDisk, Standing};
use super::verdict::{LabelCheck, LabelKey, Verdict};
use crate::format::ima::{KeyId, Label, Signature};
use crate::format::imasigs::{Entry, FileEntries};
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

/// Compares the file that a list names, which was just opened and has that size, with what the list says of it.
pub(crate) fn check_listed(
    file: &File,
    size: u64,
    listed: FileEntries<'_>,
    checker: &mut Checker<'_>,
) -> io::Result<(OnDisk, LabelCheck)> {
    let entry = listed.first;
    let algorithm = entry.digest.algorithm();
    let is_listed = size == entry.size && digest_of(file, algorithm, size)? == entry.digest;
    let on_disk = match is_listed {
        true => OnDisk::Listed,
        false => OnDisk::Other,
    };
    let label = match attribute::read(file)? {
        Label::None | Label::Hash => check_without_label(listed, checker),
        Label::Malformed(_) => LabelCheck::Malformed,
        Label::Signature(signature) => check_label(file, size, &signature, listed, checker)?,
    };
    Ok((on_disk, label))
}

/// Checks the signatures of a file by themselves, where nothing has one of them as its label: one that is forged first, then one
/// that verifies.
pub(crate) fn check_list(listed: FileEntries<'_>, checker: &mut Checker<'_>) -> LabelCheck {
    let checks = listed.iter().map(|entry| {
        let check = checker.check(&entry.signature, &entry.digest);
        (entry.signature.key_id, check)
    });
    let checks: Vec<_> = checks.collect();
    let with = |wanted| checks.iter().copied().find(|(_, check)| *check == wanted);
    let told = with(Check::Invalid).or_else(|| with(Check::Valid));
    let (key, check) = told.unwrap_or((listed.first.signature.key_id, Check::UnknownKey));
    LabelCheck::Listed(key, check)
}

/// Checks the signatures of a file where there is no label to compare: a forged list is named all the same.
pub(crate) fn check_without_label(
    listed: FileEntries<'_>,
    checker: &mut Checker<'_>,
) -> LabelCheck {
    forged(listed.iter(), checker).map_or(LabelCheck::Unsigned, LabelCheck::InsteadOf)
}

/// The key that one of these signatures names, and which did not make it.
fn forged<'a>(
    mut entries: impl Iterator<Item = &'a Entry>,
    checker: &mut Checker<'_>,
) -> Option<KeyId> {
    let is_forged =
        |entry: &&Entry| checker.check(&entry.signature, &entry.digest) == Check::Invalid;
    entries.find(is_forged).map(|entry| entry.signature.key_id)
}

fn check_label(
    file: &File,
    size: u64,
    signature: &Signature,
    listed: FileEntries<'_>,
    checker: &mut Checker<'_>,
) -> io::Result<LabelCheck> {
    let key = signature.key_id;
    let same = listed.iter().find(|entry| entry.signature == *signature);
    let (label, check) = match same {
        Some(entry) => {
            let check = checker.check(signature, &entry.digest);
            (LabelCheck::Listed(key, check), check)
        }
        None => {
            let digest = digest_of(file, signature.algorithm, size)?;
            let check = checker.check(signature, &digest);
            (LabelCheck::Other(key, check), check)
        }
    };
    Ok(match check {
        Check::Invalid => label,
        // SECURITY: one forged line makes the list a forged one, whatever its other lines are.
        Check::Valid | Check::UnknownKey => {
            let others = listed.iter().filter(|entry| entry.signature != *signature);
            forged(others, checker).map_or(label, LabelCheck::InsteadOf)
        }
    })
}
