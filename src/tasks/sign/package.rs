//! Signs one package: reads it, signs its files, writes it.

use std::collections::HashMap;

use super::error::SignError;
use super::plan::SigningJob;
use super::signatures::{Planner, Signatures};
use super::written::{Writing, Written};
use crate::contents::{self, HashedFile, OpenDeb, Selection, Wanted};
use crate::format::deb::Voided;
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::format::imasigs::{Entry, List};
use crate::keys::signing::Signer;

/// How packages are signed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which files are signed.
    pub selection: Selection,
    /// The hash algorithm of the digests that are signed.
    pub algorithm: HashAlgorithm,
    /// What becomes of signatures of the whole package, by debsigs or dpkg-sig, that a new list makes void.
    pub voided: Voided,
}

/// The result for one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Files that the list which it has now names.
    pub files: usize,
    /// Signatures that were made.
    pub made: usize,
    /// Signatures that were kept of its old list.
    pub kept: usize,
    /// The file that it was written to.
    pub written: Written,
}

impl Signed {
    pub(super) fn new(signed: &SignedList, written: Written) -> Self {
        Self {
            files: signed.list.files().count(),
            made: signed.made,
            kept: signed.kept,
            written,
        }
    }

    /// The result where a list was written, and no package: of so many bytes, if they are to be compared with a package.
    pub(super) fn of_list(signed: &SignedList, added: Option<u64>) -> Self {
        let written = Written {
            added,
            ..Written::default()
        };
        Self::new(signed, written)
    }
}

/// Signs one package. Afterwards its output is there whole, or nothing was changed.
///
/// # Errors
/// If the package cannot be read, a digest not be signed, or the output not be written.
pub(super) fn sign(
    job: &SigningJob,
    signer: &dyn Signer,
    options: Options,
) -> Result<Signed, SignError> {
    let writing = Writing::examine(job, options.voided)?;
    let mut package = OpenDeb::at(&job.input)?;
    let old = package.control.list()?.unwrap_or_default();
    let planner = Planner::new(signer, old.into_entries());
    let signed = sign_list(&mut package, planner, options)?;
    let written = writing.write(package, Some(&signed.list), |_| Ok(()))?;
    Ok(Signed::new(&signed, written))
}

/// A list that was made for a package.
pub struct SignedList {
    pub(super) list: List,
    /// How many signatures were made for it, and how many were kept.
    pub(super) made: usize,
    pub(super) kept: usize,
}

/// Makes the list of a package.
pub(super) fn sign_list(
    package: &mut OpenDeb,
    planner: Planner<'_>,
    options: Options,
) -> Result<SignedList, SignError> {
    let contents = sign_contents(package, planner, options)?;
    let (made, kept) = (contents.made.len(), contents.kept.len());
    let list = contents.into_list();
    list.check_limits().map_err(SignError::List)?;
    Ok(SignedList { list, made, kept })
}

/// The files that the list will have, and the signatures of their digests.
struct Contents {
    found: Vec<HashedFile>,
    made: HashMap<Digest, Signature>,
    kept: HashMap<Digest, Signature>,
}

/// Walks the package on this thread, while rayon's pool signs the digests that were found.
fn sign_contents(
    package: &mut OpenDeb,
    mut planner: Planner<'_>,
    options: Options,
) -> Result<Contents, SignError> {
    let signatures = Signatures::default();
    let (made, signer) = (&signatures, planner.signer);
    let found = rayon::in_place_scope(|pool| {
        hash_contents(package, options, |digest| {
            if planner.must_sign(digest) {
                pool.spawn(move |_| made.sign(signer, digest));
            }
        })
    })?;
    Ok(Contents {
        found,
        made: signatures.into_made()?,
        kept: planner.kept,
    })
}

/// The files of a package that are signed, hashed; each digest is passed on as soon as it is known.
pub(super) fn hash_contents(
    package: &mut OpenDeb,
    options: Options,
    mut hashed: impl FnMut(Digest),
) -> Result<Vec<HashedFile>, SignError> {
    let wanted = Wanted {
        selection: options.selection,
        algorithm: options.algorithm,
        listed: &List::default(),
    };
    let mut found = contents::scripts(&package.control, options.algorithm);
    let scripts = found.iter().map(|script| script.content.digest);
    scripts.for_each(&mut hashed);
    found.extend(contents::files(package, wanted, hashed)?);
    Ok(found)
}

impl Contents {
    fn into_list(self) -> List {
        let Self { found, made, kept } = self;
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
        List::new(found.into_iter().map(entry).collect())
    }
}
