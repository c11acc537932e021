//! Exchanges the signatures of a list: each is checked by the old key, and its digest is signed by the new one.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::error::SignError;
use super::package::{Signed, SignedList};
use super::plan::SigningJob;
use super::resign_plan::TreeLists;
use super::written::Writing;
use crate::contents::OpenDeb;
use crate::format::deb::Voided;
use crate::format::ima::{Digest, Signature};
use crate::format::imasigs::{Entry, List};
use crate::format::tree::ListName;
use crate::keys::signing::{Check, Checker, Signer, Trust};
use crate::tasks::tree::{ListTree, read_list};

/// Signs lists anew, of trees and of packages.
pub struct Resigner<'a> {
    old: Trust,
    signer: &'a dyn Signer,
    lists: TreeLists,
    voided: Voided,
}

impl<'a> Resigner<'a> {
    /// From the keys of those certificates to that one. `lists` are of the plan whose jobs are to be done.
    #[must_use]
    pub const fn new(old: Trust, signer: &'a dyn Signer, lists: TreeLists, voided: Voided) -> Self {
        Self {
            old,
            signer,
            lists,
            voided,
        }
    }

    /// Signs a list or a package anew; none if it is there as it would become.
    ///
    /// # Errors
    /// If it has no list, one that cannot be read, or a signature by another key; if a digest cannot be signed, or the
    /// output not be written. Then nothing was changed.
    pub(super) fn resign(&self, job: &SigningJob) -> Result<Option<Signed>, SignError> {
        match self.lists.place(&job.input) {
            Some((tree, name)) => self.resign_list(job, tree, name),
            None => self.resign_package(job),
        }
    }

    fn resign_list(
        &self,
        job: &SigningJob,
        tree: &ListTree,
        name: &ListName,
    ) -> Result<Option<Signed>, SignError> {
        let there = tree.read(name).unwrap_or_default();
        let signed = self.exchange(read_list(&job.input)?, &there)?;
        if signed.list == there && job.output.exists() {
            return Ok(None);
        }
        tree.write(name, &signed.list)?;
        Ok(Some(Signed::of_list(&signed, None)))
    }

    fn resign_package(&self, job: &SigningJob) -> Result<Option<Signed>, SignError> {
        let writing = Writing::examine(job, self.voided)?;
        let package = OpenDeb::at(&job.input)?;
        let list = package.control.list()?.ok_or(SignError::NoList)?;
        let signed = self.exchange(list, &List::default())?;
        if signed.made == 0 && job.is_in_place() {
            return Ok(None);
        }
        let written = writing.write(package, Some(&signed.list), |_| Ok(()))?;
        Ok(Some(Signed::new(&signed, written)))
    }

    /// The list with signatures of the new key. Those that it has stay, and so do those of the list that is `there`.
    fn exchange(&self, list: List, there: &List) -> Result<SignedList, SignError> {
        let there = there.entries().iter();
        let there: HashMap<_, _> = there
            .map(|entry| (entry.digest, &entry.signature))
            .collect();
        let kept = list.entries().par_iter().map_init(
            || self.old.checker(),
            |checker, entry| self.kept(checker, entry, there.get(&entry.digest).copied()),
        );
        let kept: Vec<_> = kept.collect::<Result<_, _>>()?;
        let mut signatures: HashMap<Digest, Signature> = kept.into_iter().flatten().collect();
        let kept = signatures.len();
        let digests = list.entries().iter().map(|entry| entry.digest);
        let missing: HashSet<_> = digests
            .filter(|digest| !signatures.contains_key(digest))
            .collect();
        let made = missing.into_par_iter();
        let made = made.map(|digest| Ok((digest, self.signer.sign_verified(&digest)?)));
        signatures.extend(made.collect::<Result<Vec<_>, SignError>>()?);
        let made = signatures.len() - kept;
        let mut entries = list.into_entries();
        for entry in &mut entries {
            let signature = signatures.get(&entry.digest);
            entry.signature = signature.expect("every digest was signed or kept").clone();
        }
        let list = List::new(entries);
        list.check_limits().map_err(SignError::List)?;
        Ok(SignedList { list, made, kept })
    }

    /// The signature of the new key that an entry has, or that was made of its digest before; none if it is to be made.
    ///
    /// SECURITY: only what the old key, or the new one, vouches for is vouched for by the new one.
    fn kept(
        &self,
        checker: &mut Checker<'_>,
        entry: &Entry,
        there: Option<&Signature>,
    ) -> Result<Option<(Digest, Signature)>, SignError> {
        let Entry {
            digest, signature, ..
        } = entry;
        let is_new = |signature: &&Signature| self.signer.verifies(signature, digest);
        let kept = Some(signature).filter(is_new);
        if kept.is_none() && checker.check(signature, digest) != Check::Valid {
            return Err(SignError::OtherKey(entry.path.clone()));
        }
        let kept = kept.or_else(|| there.filter(is_new));
        Ok(kept.map(|signature| (*digest, signature.clone())))
    }
}
