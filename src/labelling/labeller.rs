//! Labels one open file.

#[cfg(feature = "cli")]
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::stat::fstat;

use super::choice::{Decision, Ruling, choose_signature};
use super::digests::FileDigests;
use super::rank::{Rank, Ranker};
use super::remark::Remark;
use crate::dpkg::{PackageName, Stamp};
#[cfg(feature = "cli")]
use crate::format::ima::Signature;
use crate::format::ima::{Digest, Label};
use crate::format::imasigs::{Entry, FileEntries};
use crate::keys::held::HeldKeys;
use crate::machine::attribute::{self, WriteError};
use crate::signatures::{KnownSignature, Store};

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

/// What a package's list has for the file, whether or not the store has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListedSignatures<'a> {
    pub(super) package: &'a PackageName,
    pub(super) entries: FileEntries<'a>,
    /// Whether the file is the package's, by dpkg's own list of its files.
    pub(super) owns: bool,
}

/// Labels open files.
#[derive(Clone, Copy, Debug)]
pub struct Labeller<'a> {
    /// All signatures that are known.
    pub store: &'a Store,
    /// The keys that decide between signatures that compete.
    pub held: &'a HeldKeys,
}

impl Labeller<'_> {
    /// Gives a file the label that its content deserves, and returns what was decided; none if no list knows the content.
    /// The caller has hashed the file, which had that size, by every algorithm of [`Store::algorithms_of`] the size. The
    /// descriptor may be read-only; its position is not moved.
    ///
    /// # Errors
    /// If the label cannot be read or written.
    pub fn label_content(
        &self,
        file: impl AsFd,
        size: u64,
        digests: Vec<Digest>,
    ) -> Result<Option<Ruling>, LabelError> {
        let file = file.as_fd();
        let ruling = self.rule_on(file, FileDigests::new(file, size, digests), None)?;
        if let Some(Decision::Write(signature)) = ruling.as_ref().map(|ruling| &ruling.decision) {
            attribute::write(file, signature)?;
        }
        Ok(ruling)
    }

    /// Decides which label a file gets, and writes nothing; none if no list knows the content. What led to the file counts as
    /// known too.
    ///
    /// # Errors
    /// If content or label cannot be read.
    pub(super) fn rule(
        &self,
        file: impl AsFd,
        listed: ListedSignatures<'_>,
    ) -> io::Result<Option<Ruling>> {
        let file = file.as_fd();
        let size = fstat(file)?.st_size.unsigned_abs();
        let mut digests = FileDigests::new(file, size, Vec::new());
        for algorithm in self.store.algorithms_of(size) {
            digests.get(algorithm)?;
        }
        self.rule_on(file, digests, Some(listed))
    }

    /// The signature that may take the place of a label whose key does not count any more: one that verifies under a key
    /// that is held; none if lists have none for the content. Nothing is written.
    ///
    /// # Errors
    /// If content or label cannot be read.
    #[cfg(feature = "cli")]
    pub fn replacement(&self, file: &File) -> io::Result<Option<Signature>> {
        let size = file.metadata()?.len();
        let mut digests = FileDigests::new(file.as_fd(), size, Vec::new());
        for algorithm in self.store.algorithms_of(size) {
            digests.get(algorithm)?;
        }
        // A label gives way to nothing less.
        let ruling = self.rule_on(file.as_fd(), digests, None)?;
        Ok(match ruling.map(|ruling| ruling.decision) {
            Some(Decision::Write(signature)) => Some(signature),
            _ => None,
        })
    }

    fn rule_on(
        &self,
        file: BorrowedFd<'_>,
        mut digests: FileDigests<'_>,
        listed: Option<ListedSignatures<'_>>,
    ) -> io::Result<Option<Ruling>> {
        let (mut known, fitting) = self.known_signatures(&mut digests, listed)?;
        if known.is_empty() {
            return Ok(None);
        }
        // SECURITY: a key that was revoked may come back into the kernel; its labels must not wait for that.
        known.retain(|known| !self.held.is_revoked(known.signature.key_id));
        if known.is_empty() {
            return Ok(Some(Ruling::undisputed(Decision::Revoked)));
        }
        let label = attribute::read(file)?;
        let owner = listed.filter(|listed| listed.owns);
        let owner = owner.map(|listed| listed.package);
        let mut ranker = Ranker::new(self.held, digests);
        let ruling = choose_signature(&label, &known, owner, |signature, verified| {
            ranker.rank(signature, verified)
        });
        // Between signatures that nobody can verify, the file's owner chooses.
        let may_guess = listed.is_none() || owner.is_some();
        let ruling = ruling.filter(|ruling| may_guess || !ruling.is_a_guess());
        Ok(match fitting {
            Some(listed) => ruling.map(|ruling| ruling.with(listed, &label, &mut ranker)),
            None => ruling,
        })
    }

    /// The signatures that are known for a content; and those that led to the file, if they are of that content.
    fn known_signatures<'e>(
        &self,
        digests: &mut FileDigests<'_>,
        listed: Option<ListedSignatures<'e>>,
    ) -> io::Result<(Vec<KnownSignature>, Option<ListedSignatures<'e>>)> {
        let size = digests.size;
        let known = digests.known.iter();
        let known = known.flat_map(|digest| self.store.signatures_of(size, digest));
        let mut known: Vec<_> = known.collect();
        let mut fitting = None;
        if let Some(listed) = listed.filter(|listed| listed.entries.first.size == size) {
            let digest = listed.entries.first.digest;
            if digests.get(digest.algorithm())? == digest {
                fitting = Some(listed);
                known.extend(listed.signatures());
            }
        }
        Ok((known, fitting))
    }
}

impl Ruling {
    /// Adds a remark on each entry that is forged and was not chosen, so that a caller who goes through its list hears of it.
    /// The choice may have been made without verifying it.
    fn with(
        mut self,
        listed: ListedSignatures<'_>,
        label: &Label,
        ranker: &mut Ranker<'_>,
    ) -> Self {
        for Entry { signature, .. } in listed.entries.iter() {
            let chosen = match &self.decision {
                Decision::Write(chosen) => chosen == signature,
                Decision::Right => *label == Label::Signature(signature.clone()),
                Decision::Outranked | Decision::Forged | Decision::Revoked => false,
            };
            let (package, key) = (listed.package.clone(), signature.key_id);
            let remark = Remark::Forged { package, key };
            let is_new = !chosen && !self.remarks.contains(&remark);
            if is_new && ranker.rank(signature, false) == Rank::Forged {
                self.remarks.push(remark);
            }
        }
        self
    }
}

impl<'a> ListedSignatures<'a> {
    /// The age of their list is not known, so it counts as the oldest.
    fn signatures(self) -> impl Iterator<Item = KnownSignature> + 'a {
        self.entries.iter().map(move |entry| KnownSignature {
            signature: entry.signature.clone(),
            package: self.package.clone(),
            stamp: Stamp::default(),
            verified: false,
        })
    }
}
