//! An open file against a signature: what the kernel would look at.

use std::fs::File;
use std::io::{self, Read, Seek};

use super::checked;
use super::verdict::{Content, Labelled};
use crate::format::ima::{Digest, HashAlgorithm, Hasher, Label, Signature};
use crate::format::imasigs::Entry;
use crate::keys::signing::{Check, Checker};
use crate::machine::attribute;

/// The digest of a whole file.
pub(super) fn digest(mut file: &File, algorithm: HashAlgorithm) -> io::Result<Digest> {
    file.rewind()?;
    let mut hasher = Hasher::new(algorithm);
    hasher.update_from(&mut file)?;
    Ok(hasher.finish())
}

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
        Label::Signature(signature) => compare_signature(file, &signature, entry, checker)?,
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
    let mut hasher = Hasher::new(entry.digest.algorithm());
    // One that grows meanwhile is another content.
    hasher.update_from(&mut file.take(entry.size + 1))?;
    let same = hasher.finish() == entry.digest;
    Ok(if same {
        Content::Same
    } else {
        Content::Differs
    })
}

fn compare_signature(
    file: &File,
    signature: &Signature,
    entry: &Entry,
    checker: &mut Checker<'_>,
) -> io::Result<Labelled> {
    if *signature == entry.signature {
        let (key_id, check) = checked(checker, signature, &entry.digest);
        return Ok(Labelled::Listed(key_id, check));
    }
    let digest = digest(file, signature.algorithm)?;
    let (key_id, check) = checked(checker, signature, &digest);
    let (listed, of_list) = checked(checker, &entry.signature, &entry.digest);
    Ok(match (check, of_list) {
        (Check::Valid | Check::UnknownKey, Check::Invalid) => Labelled::InsteadOf(listed),
        _ => Labelled::Other(key_id, check),
    })
}
