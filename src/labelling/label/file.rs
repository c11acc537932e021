//! Labels one open file.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::stat::fstat;

use super::judge::Judge;
use super::rank::{Standing, decide};
use super::{Decision, Remark, Ruling};
use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Digest, Label};
use crate::format::imasigs::Entry;
use crate::keys::held::HeldKeys;
use crate::machine::attribute::{self, WriteError};
use crate::machine::content::digest_of;
use crate::signatures::{KnownSignature, Store};

/// What came of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It has a new label.
    Labelled,
    /// It had the right one.
    Right,
    /// It keeps another label: what lists have does not verify.
    Outranked,
    /// What lists have is forged, and nothing is written.
    Forged,
    /// No list knows this content.
    Unlisted,
}

/// Why a file could not be labelled. It then has the label it had.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// Its content or its label could not be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// The label could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
}

/// What came of a file, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// What came of it.
    pub outcome: Outcome,
    /// Signatures that were displaced or passed over.
    pub remarks: Vec<Remark>,
}

/// An entry of a package's list that names the file, whether or not the store has it.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Whose list.
    pub package: &'a PackageName,
    /// The entry.
    pub entry: &'a Entry,
    /// Whether the file is the package's, by dpkg's own list of its files.
    pub owns: bool,
}

/// Labels files with what a store knows.
#[derive(Clone, Copy, Debug)]
pub struct Labeller<'a> {
    /// All signatures.
    pub store: &'a Store,
    /// Who verifies them, where two compete.
    pub held: &'a HeldKeys,
}

impl Labeller<'_> {
    /// Gives a file of that size the label that its content deserves. The caller has hashed it, by every
    /// algorithm of [`Store::algorithms_of`] that size. The descriptor may be read-only; its position is not
    /// moved.
    ///
    /// # Errors
    /// A [`LabelError`].
    pub fn label_content(
        &self,
        file: impl AsFd,
        size: u64,
        digests: Vec<Digest>,
    ) -> Result<Labelled, LabelError> {
        let file = file.as_fd();
        let ruling = self.decide_content(file, size, digests, None)?;
        let Some(ruling) = ruling else {
            let (outcome, remarks) = (Outcome::Unlisted, Vec::new());
            return Ok(Labelled { outcome, remarks });
        };
        let Ruling {
            decision, remarks, ..
        } = ruling;
        let outcome = match decision {
            Decision::Right => Outcome::Right,
            Decision::Outranked => Outcome::Outranked,
            Decision::Forged => Outcome::Forged,
            Decision::Write(signature) => {
                attribute::write(file, &signature)?;
                Outcome::Labelled
            }
        };
        Ok(Labelled { outcome, remarks })
    }

    /// What label a file would get; none if no list knows the content. The entry that led to the file counts too.
    ///
    /// # Errors
    /// If content or label cannot be read.
    pub fn decide(
        &self,
        file: impl AsFd,
        listed: Option<Listed<'_>>,
    ) -> io::Result<Option<Ruling>> {
        let file = file.as_fd();
        let size = size_of(file)?;
        let digests = self.digests(file, size)?;
        self.decide_content(file, size, digests, listed)
    }

    fn decide_content(
        &self,
        file: BorrowedFd<'_>,
        size: u64,
        mut digests: Vec<Digest>,
        listed: Option<Listed<'_>>,
    ) -> io::Result<Option<Ruling>> {
        let mut candidates: Vec<_> = digests
            .iter()
            .flat_map(|digest| self.store.signatures_of(size, digest))
            .collect();
        let mut own = false;
        if let Some(listed) = listed
            && listed.entry.size == size
        {
            let digest = listed.entry.digest;
            let algorithm = digest.algorithm();
            if !digests.iter().any(|known| known.algorithm() == algorithm) {
                digests.push(digest_of(file, algorithm, size)?);
            }
            own = digests.contains(&digest);
            candidates.extend(own.then(|| listed.candidate()));
        }
        if candidates.is_empty() {
            return Ok(None);
        }
        let label = attribute::read(file)?;
        let owner = listed.filter(|listed| listed.owns);
        let owner = owner.map(|listed| listed.package);
        let mut judge = Judge::new(self.held, file, size, digests);
        let ruling = decide(&label, &candidates, owner, |signature, verified| {
            judge.standing(signature, verified)
        });
        Ok(match (ruling, listed) {
            // Between what nobody can verify, its owner chooses.
            (Some(ruling), Some(Listed { owns: false, .. })) if ruling.is_a_guess() => None,
            (Some(ruling), Some(listed)) if own => Some(ruling.with(listed, &label, &mut judge)),
            (ruling, _) => ruling,
        })
    }

    /// The digests of the content, one for each algorithm that lists have for contents of its size.
    fn digests(&self, file: BorrowedFd<'_>, size: u64) -> io::Result<Vec<Digest>> {
        let algorithms = self.store.algorithms_of(size);
        algorithms
            .map(|algorithm| digest_of(file, algorithm, size))
            .collect()
    }
}

impl Ruling {
    /// Names an entry that was not chosen, if it is forged: whoever goes through its list is to hear of it, though the
    /// choice was made without it.
    fn with(mut self, listed: Listed<'_>, label: &Label, judge: &mut Judge<'_>) -> Self {
        let signature = &listed.entry.signature;
        let chosen = match &self.decision {
            Decision::Write(chosen) => chosen == signature,
            Decision::Right => *label == Label::Signature(signature.clone()),
            Decision::Outranked | Decision::Forged => false,
        };
        let (package, key) = (listed.package.clone(), signature.key_id);
        let remark = Remark::Forged { package, key };
        let is_new = !chosen && !self.remarks.contains(&remark);
        if is_new && judge.standing(signature, false) == Standing::Forged {
            self.remarks.push(remark);
        }
        self
    }
}

impl Listed<'_> {
    /// Of a list whose age is not known: as old as can be.
    fn candidate(&self) -> KnownSignature {
        KnownSignature {
            signature: self.entry.signature.clone(),
            package: self.package.clone(),
            stamp: Stamp::default(),
            verified: false,
        }
    }
}

fn size_of(file: BorrowedFd<'_>) -> io::Result<u64> {
    Ok(fstat(file)?.st_size.unsigned_abs())
}
