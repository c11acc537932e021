//! One package: read, signed, written.

use std::collections::HashMap;

use super::output::Output;
use super::replaced::Replaced;
use super::signatures::{Planner, Signatures};
use super::{Job, Owner, SignError};
use crate::contents::{self, HashedFile, OpenDeb, Selection, Wanted};
use crate::format::deb::{Rewrite, Voided};
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::format::imasigs::{Entry, List};
use crate::keys::signing::Signer;
use crate::machine::error::SystemError;

/// How packages are signed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which files.
    pub selection: Selection,
    /// Over which digests.
    pub algorithm: HashAlgorithm,
    /// What becomes of other people's signatures of the package that are void afterwards.
    pub voided: Voided,
}

/// What was done for a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// Entries in its list.
    pub entries: usize,
    /// Signatures that were made.
    pub made: usize,
    /// Signatures that its old list had.
    pub kept: usize,
    /// Whether the owner of the file that it replaced stayed.
    pub owner: Owner,
    /// Whether it was signed in place and had other names (hard links), which still have the package as it was.
    pub has_other_names: bool,
    /// Members that sign the package as it was, such as `_gpgorigin`: void now, or left out.
    pub voided: Vec<String>,
}

/// Signs one package. Its output is there whole afterwards, or nothing was changed.
///
/// # Errors
/// Whatever is wrong with the package, the key or the output's place.
pub(super) fn sign(job: &Job, signer: &dyn Signer, options: Options) -> Result<Signed, SignError> {
    // Before it is read, so that no other package is replaced than the one that was.
    let replaced = Replaced::at(&job.output)?;
    let mut package = OpenDeb::at(&job.input)?;
    let old = package.control.list()?.unwrap_or_default();
    let contents = sign_contents(&mut package, Planner::new(signer, old), options)?;
    let (list, made) = list(contents);
    list.check_limits().map_err(SignError::List)?;
    let metadata = package.file.metadata();
    let metadata = metadata.map_err(SystemError::at("stat", &job.input))?;
    let has_other_names = replaced
        .as_ref()
        .is_some_and(|replaced| replaced.has_other_names(&metadata));
    let output = Output::create(&job.output, &metadata, replaced)?;
    let written = write(&mut package, &list, output, options.voided)?;
    Ok(Signed {
        entries: list.entries().len(),
        made: made.made,
        kept: made.kept,
        has_other_names,
        ..written
    })
}

/// Puts the package with its new list at its place.
fn write(
    package: &mut OpenDeb,
    list: &List,
    mut output: Output,
    voided: Voided,
) -> Result<Signed, SignError> {
    let OpenDeb {
        file,
        layout,
        control,
    } = package;
    let rewrite = Rewrite::new(layout, control, list);
    rewrite.write(file, &mut output.writer(), voided)?;
    Ok(Signed {
        voided: rewrite.voided(),
        owner: output.finish()?,
        ..Signed::default()
    })
}

/// The files that the list is to have, and the signatures of their contents.
struct Contents {
    found: Vec<HashedFile>,
    made: HashMap<Digest, Signature>,
    kept: HashMap<Digest, Signature>,
}

/// Walks the package on this thread, while rayon's pool signs what was found.
fn sign_contents(
    package: &mut OpenDeb,
    mut planner: Planner<'_>,
    options: Options,
) -> Result<Contents, SignError> {
    let signatures = Signatures::default();
    let (made, signer) = (&signatures, planner.signer);
    let wanted = Wanted {
        selection: options.selection,
        algorithm: options.algorithm,
        listed: &List::default(),
    };
    let found = rayon::in_place_scope(|pool| {
        let mut hashed = |digest| {
            if planner.must_sign(digest) {
                pool.spawn(move |_| made.sign(signer, digest));
            }
        };
        let mut found = contents::scripts(&package.control, options.algorithm);
        let scripts = found.iter().map(|script| script.content.digest);
        scripts.for_each(&mut hashed);
        found.extend(contents::files(package, wanted, hashed)?);
        Ok::<_, SignError>(found)
    })?;
    Ok(Contents {
        found,
        made: signatures.into_made()?,
        kept: planner.kept,
    })
}

/// The list, and how many signatures were made and kept for it.
fn list(contents: Contents) -> (List, Signed) {
    let Contents { found, made, kept } = contents;
    let count = Signed {
        made: made.len(),
        kept: kept.len(),
        ..Signed::default()
    };
    let entry = |found: HashedFile| {
        let digest = found.content.digest;
        let signature = made.get(&digest).or_else(|| kept.get(&digest));
        let signature = signature.expect("every digest that was found was signed or kept");
        Entry {
            path: found.path,
            size: found.content.size,
            digest,
            signature: signature.clone(),
            unknown: None,
        }
    };
    let entries = found.into_iter().map(entry).collect();
    (List::new(entries), count)
}
