//! One package: read, signed, written.

use std::collections::HashMap;
use std::fs::File;

use super::output::Output;
use super::signatures::{Planner, Signatures};
use super::{Job, SignError};
use crate::contents::{self, Found, Selection, Wanted};
use crate::deb::{self, Control, Layout};
use crate::imasigs::{Entry, List};
use crate::keys::Signer;
use crate::signature::{Digest, HashAlgorithm, Signature};
use crate::system::SystemError;

/// How packages are signed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which files.
    pub selection: Selection,
    /// Over which digests.
    pub algorithm: HashAlgorithm,
}

/// What was done for a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// Entries in its list.
    pub entries: usize,
    /// Signatures that were made.
    pub made: usize,
    /// Signatures that its old list had.
    pub kept: usize,
}

/// Signs one package. Its output is there whole afterwards, or nothing was changed.
///
/// # Errors
/// Whatever is wrong with the package, the key or the output's place.
pub(super) fn sign(job: &Job, signer: &dyn Signer, options: Options) -> Result<Signed, SignError> {
    let open = || SystemError::at("open", &job.input);
    let mut file = File::open(&job.input).map_err(open())?;
    let metadata = file.metadata().map_err(open())?;
    let layout = Layout::scan(&mut file)?;
    let control = Control::read(&mut file, &layout)?;
    let old = control.list()?.unwrap_or_default();

    let (found, signatures) = sign_contents(&mut file, &layout, &control, &old, signer, options)?;
    let list = list(found, &signatures.all);
    let mut output = Output::create(&job.output, &metadata)?;
    deb::with_list(&mut file, &layout, &control, &list, &mut output.writer())?;
    output.finish()?;
    Ok(Signed {
        entries: list.entries().len(),
        ..signatures.count
    })
}

/// The signatures of all contents.
struct Made {
    all: HashMap<Digest, Signature>,
    count: Signed,
}

/// Walks the package on this thread, while rayon's pool signs what was found.
fn sign_contents(
    file: &mut File,
    layout: &Layout,
    control: &Control,
    old: &List,
    signer: &dyn Signer,
    options: Options,
) -> Result<(Vec<Found>, Made), SignError> {
    let signatures = Signatures::default();
    let made = &signatures;
    let mut planner = Planner::new(signer, old);
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
        let mut found = contents::scripts(control, options.algorithm);
        found
            .iter()
            .for_each(|script| hashed(script.content.digest));
        found.extend(contents::files(file, layout, wanted, hashed)?);
        Ok::<_, SignError>(found)
    })?;
    Ok((found, join(signatures.into_made()?, planner.kept)))
}

fn join(made: HashMap<Digest, Signature>, kept: HashMap<Digest, Signature>) -> Made {
    let count = Signed {
        made: made.len(),
        kept: kept.len(),
        ..Signed::default()
    };
    let mut all = made;
    all.extend(kept);
    Made { all, count }
}

fn list(found: Vec<Found>, signatures: &HashMap<Digest, Signature>) -> List {
    let entry = |found: Found| {
        let digest = found.content.digest;
        let signature = signatures.get(&digest);
        let signature = signature.expect("every digest that was found was signed or kept");
        Entry {
            path: found.path,
            size: found.content.size,
            digest,
            signature: signature.clone(),
            unknown: Vec::new(),
        }
    };
    List::new(found.into_iter().map(entry).collect())
}
