//! Exchanges the signatures of a list: each file is checked by the old key, and its digest is signed by the new one.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::error::SignError;
use super::package::SignedList;
use crate::format::ima::{Digest, Signature};
use crate::format::imasigs::{Entry, FileEntries, List};
use crate::keys::signing::{Check, Checker, Signer, Trust};

/// What becomes of the old keys' signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldSignatures {
    /// They give way to those of the new key.
    Drop,
    /// They stay beside those of the new key, so that machines with either certificate can use the list.
    Keep,
}

/// An exchange of keys.
pub struct KeyExchange<'a> {
    /// The certificates of the old keys.
    pub old: Trust,
    /// The new key.
    pub signer: &'a dyn Signer,
    /// What becomes of the old keys' signatures.
    pub old_signatures: OldSignatures,
}

/// What is known of the entries of one file.
struct CheckedFile<'a> {
    /// The signature of the new key; none if it is to be made.
    new: Option<Signature>,
    /// The entry whose place the new key's takes, or that it stands beside.
    model: &'a Entry,
    /// Entries of old keys that stay.
    stay: Vec<&'a Entry>,
}

impl KeyExchange<'_> {
    /// The list with signatures of the new key. Those of it that the list has stay, and so do those of the list that is
    /// `there`.
    ///
    /// # Errors
    /// If a file has no signature by any of the keys, or, where the old ones stay, one by another; if a digest cannot be
    /// signed, or the list would be over the limits.
    pub(super) fn exchange(&self, list: &List, there: &List) -> Result<SignedList, SignError> {
        let there = there.entries().iter();
        let there = there.filter(|entry| entry.signature.key_id == self.signer.key_id());
        let there: HashMap<_, _> = there
            .map(|entry| (entry.digest, &entry.signature))
            .collect();
        let files: Vec<_> = list.files().collect();
        let files = files.into_par_iter().map_init(
            || self.old.checker(),
            |checker, file| self.check(checker, file, there.get(&file.first.digest).copied()),
        );
        let files: Vec<_> = files.collect::<Result<_, _>>()?;
        let known = files.iter().filter_map(|file| {
            let new = file.new.clone()?;
            Some((file.model.digest, new))
        });
        let mut signatures: HashMap<Digest, Signature> = known.collect();
        let kept = signatures.len();
        signatures.extend(self.sign(&files, &signatures)?);
        let made = signatures.len() - kept;
        let (list, stayed) = Self::list(&files, &signatures);
        list.check_limits().map_err(SignError::List)?;
        Ok(SignedList {
            list,
            made,
            kept: kept + stayed,
        })
    }

    /// SECURITY: only what an old key, or the new one, vouches for is vouched for by the new one; and nothing stays in the list
    /// that nobody here could verify.
    fn check<'e>(
        &self,
        checker: &mut Checker<'_>,
        file: FileEntries<'e>,
        there: Option<&Signature>,
    ) -> Result<CheckedFile<'e>, SignError> {
        let digest = &file.first.digest;
        let by_new = |entry: &&Entry| self.signer.verifies(&entry.signature, digest);
        let (new, others): (Vec<_>, Vec<_>) = file.iter().partition(by_new);
        let is_old = |entry: &&Entry| checker.check(&entry.signature, digest) == Check::Valid;
        let (old, strange): (Vec<_>, Vec<_>) = others.into_iter().partition(is_old);
        let keeps = self.old_signatures == OldSignatures::Keep;
        let vouched = new.first().or(old.first()).copied();
        let model = vouched.filter(|_| !keeps || strange.is_empty());
        let model = model.ok_or_else(|| SignError::OtherKey(file.first.path.clone()))?;
        let there = there.filter(|there| self.signer.verifies(there, digest));
        Ok(CheckedFile {
            new: new.first().map(|new| &new.signature).or(there).cloned(),
            model,
            stay: old.into_iter().filter(|_| keeps).collect(),
        })
    }

    /// Signs each digest that has no signature of the new key yet, once.
    fn sign(
        &self,
        files: &[CheckedFile<'_>],
        known: &HashMap<Digest, Signature>,
    ) -> Result<Vec<(Digest, Signature)>, SignError> {
        let digests = files.iter().map(|file| file.model.digest);
        let missing: HashSet<_> = digests
            .filter(|digest| !known.contains_key(digest))
            .collect();
        let made = missing.into_par_iter();
        made.map(|digest| Ok((digest, self.signer.sign_verified(&digest)?)))
            .collect()
    }

    /// The new list, and how many signatures of old keys stay in it.
    fn list(files: &[CheckedFile<'_>], signatures: &HashMap<Digest, Signature>) -> (List, usize) {
        let mut entries = Vec::new();
        let mut stayed = HashSet::new();
        for file in files {
            let signature = signatures.get(&file.model.digest);
            entries.push(Entry {
                signature: signature.expect("every digest was signed or kept").clone(),
                ..file.model.clone()
            });
            for old in &file.stay {
                stayed.insert((old.digest, old.signature.key_id));
                entries.push((*old).clone());
            }
        }
        (List::new(entries), stayed.len())
    }
}
