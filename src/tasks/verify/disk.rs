//! An open file against a signature: what the kernel would look at.

use std::fs::File;
use std::io;

use super::checked;
use super::verdict::{Content, Labelled};
use crate::format::ima::{Label, Signature};
use crate::format::imasigs::Entry;
use crate::keys::signing::{Check, Checker};
use crate::machine::attribute;
use crate::machine::content::digest_of;

/// Content and label of the file that an entry names, which was just opened and has that size.
pub(super) fn compare(
    file: &File,
    size: u64,
    entry: &Entry,
    checker: &mut Checker<'_>,
) -> io::Result<(Content, Labelled)> {
    let content = compare_content(file, size, entry)?;
    let label = match attribute::read(file)? {
        Label::None | Label::Hash => without_label(entry, checker),
        Label::Malformed(_) => Labelled::Malformed,
        Label::Signature(signature) => compare_signature(file, size, &signature, entry, checker)?,
    };
    Ok((content, label))
}

/// What there is to say of an entry's signature where no label can be compared with it.
pub(super) fn without_label(entry: &Entry, checker: &mut Checker<'_>) -> Labelled {
    match checked(checker, &entry.signature, &entry.digest) {
        (key_id, Check::Invalid) => Labelled::InsteadOf(key_id),
        _ => Labelled::No,
    }
}

fn compare_content(file: &File, size: u64, entry: &Entry) -> io::Result<Content> {
    if size != entry.size {
        return Ok(Content::Differs);
    }
    let same = digest_of(file, entry.digest.algorithm(), size)? == entry.digest;
    Ok(if same {
        Content::Same
    } else {
        Content::Differs
    })
}

fn compare_signature(
    file: &File,
    size: u64,
    signature: &Signature,
    entry: &Entry,
    checker: &mut Checker<'_>,
) -> io::Result<Labelled> {
    if *signature == entry.signature {
        let (key_id, check) = checked(checker, signature, &entry.digest);
        return Ok(Labelled::Listed(key_id, check));
    }
    let digest = digest_of(file, signature.algorithm, size)?;
    let (key_id, check) = checked(checker, signature, &digest);
    let (listed, of_list) = checked(checker, &entry.signature, &entry.digest);
    Ok(match (check, of_list) {
        (Check::Valid | Check::UnknownKey, Check::Invalid) => Labelled::InsteadOf(listed),
        _ => Labelled::Other(key_id, check),
    })
}
