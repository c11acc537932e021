//! Verifies the signatures of new lists before they are kept: those that compete with others for a content, or all.
//!
//! SECURITY: what is forged is not kept, and what is genuine is marked, so that nobody has to verify anything while an
//! opener waits. The work is linear in the lists: a new signature is verified once, and for each content at most
//! [`KNOWN_MAX`] that are known.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use super::build::NewRecord;
use super::{Builder, KnownSignature, Store};
use crate::dpkg::PackageName;
use crate::format::ima::{Digest, KeyId, Signature};
use crate::format::imasigs::escaped;
use crate::keys::held::{Authenticity, HeldKeys};

/// A list may have so many different signatures for one content; more are not kept. (Several are there where a
/// signer's ECDSA signatures differ each time.)
const SIGNATURES_MAX: usize = 8;
/// So many known signatures are verified where new ones compete with them.
const KNOWN_MAX: usize = 8;
/// Fewer signatures are not worth another thread.
const SHARE: usize = 64;

/// Which signatures are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verifying {
    /// Those that compete with others.
    Competing,
    /// All.
    All,
}

/// Signatures of one list that fail under a key that is held. Prints as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgedList {
    /// Whose list.
    pub package: PackageName,
    /// The key that they name.
    pub key: KeyId,
    /// The first of their paths, as the list has it; empty if it is not known.
    pub path: Vec<u8>,
    /// How many.
    pub count: usize,
}

impl fmt::Display for ForgedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            package,
            key,
            path,
            count,
        } = self;
        write!(
            f,
            "package {package}: the signature of '/{}'",
            escaped(path)
        )?;
        if let more @ 1.. = count - 1 {
            write!(f, " and of {more} more")?;
        }
        write!(
            f,
            " does not verify under key {key}: forged or damaged, and not taken in"
        )
    }
}

/// What is to be done about a builder's records, by their places.
#[derive(Default)]
struct Found {
    /// To be verified.
    questions: Vec<usize>,
    /// Too many of their list.
    excess: Vec<usize>,
    /// What is known for the same contents, to be verified too.
    known: Vec<(u64, Digest, KnownSignature)>,
}

impl Found {
    /// One that is known to be genuine is enough.
    fn take_known(&mut self, size: u64, digest: Digest, known: &Store, held: &HeldKeys) {
        let mut candidates = known.signatures_of(size, &digest);
        candidates.retain(|candidate| held.holds(candidate.signature.key_id));
        if !candidates.iter().any(|candidate| candidate.verified) {
            let first = candidates.into_iter().take(KNOWN_MAX);
            self.known
                .extend(first.map(|candidate| (size, digest, candidate)));
        }
    }
}

impl Builder {
    /// Verifies what was added: what is forged goes, and is returned; what is genuine is marked, and so is what `known`
    /// has for the same contents, if it was not yet.
    pub fn settle(
        &mut self,
        known: &Store,
        held: &HeldKeys,
        verifying: Verifying,
    ) -> Vec<ForgedList> {
        self.sort();
        let found = self.find(known, held, verifying);
        let answers = self.verify(&found.questions, held);
        for (size, digest, candidate) in &found.known {
            self.mark(*size, digest, candidate, held);
        }
        self.apply(&found, &answers)
    }

    /// What is to be verified, and what is to go because there is too much of it.
    fn find(&self, known: &Store, held: &HeldKeys, verifying: Verifying) -> Found {
        let mut found = Found::default();
        let mut start = 0;
        let same = |a: &NewRecord, b: &NewRecord| (a.size, a.digest) == (b.size, b.digest);
        for group in self.records.chunk_by(same) {
            let range = start..start + group.len();
            start = range.end;
            let (size, digest, value) = (group[0].size, group[0].digest, self.value(&group[0]));
            let competes = group.iter().any(|other| self.value(other) != value)
                || known.has_other(size, &digest, value);
            if competes || verifying == Verifying::All {
                self.take_group(range, &mut found);
            }
            if competes {
                found.take_known(size, digest, known, held);
            }
        }
        found
    }

    fn take_group(&self, range: std::ops::Range<usize>, found: &mut Found) {
        let mut of_list = (usize::MAX, 0);
        for at in range {
            let list = self.records[at].list;
            of_list = (list, if of_list.0 == list { of_list.1 + 1 } else { 1 });
            if of_list.1 > SIGNATURES_MAX {
                found.excess.push(at);
            } else if !self.records[at].verified {
                found.questions.push(at);
            }
        }
    }

    /// By several threads, if they are many.
    fn verify(&self, questions: &[usize], held: &HeldKeys) -> Vec<Authenticity> {
        let threads = available_parallelism().map_or(1, NonZeroUsize::get);
        let share = questions.len().div_ceil(threads).max(SHARE);
        let mut answers = vec![Authenticity::Unknown; questions.len()];
        let work = |(questions, answers): (&[usize], &mut [Authenticity])| {
            for (at, answer) in questions.iter().zip(answers) {
                *answer = self.verify_one(&self.records[*at], held);
            }
        };
        let mut shares = questions.chunks(share).zip(answers.chunks_mut(share));
        let own = shares.next();
        std::thread::scope(|scope| {
            shares.for_each(|share| drop(scope.spawn(move || work(share))));
            own.into_iter().for_each(work);
        });
        answers
    }

    fn verify_one(&self, record: &NewRecord, held: &HeldKeys) -> Authenticity {
        let signature = Signature::parse(self.value(record));
        signature.map_or(Authenticity::Unknown, |signature| {
            held.verify(&signature, &record.digest)
        })
    }

    /// A signature in another segment cannot be marked there; here it is added once more.
    fn mark(&mut self, size: u64, digest: &Digest, candidate: &KnownSignature, held: &HeldKeys) {
        if held.verify(&candidate.signature, digest) == Authenticity::Genuine {
            let verified = KnownSignature {
                verified: true,
                ..candidate.clone()
            };
            self.add(size, *digest, &verified);
        }
    }

    fn apply(&mut self, found: &Found, answers: &[Authenticity]) -> Vec<ForgedList> {
        let mut forged: BTreeMap<(PackageName, KeyId), ForgedList> = BTreeMap::new();
        let mut gone: Vec<usize> = found.excess.clone();
        for (&at, answer) in found.questions.iter().zip(answers) {
            match answer {
                Authenticity::Genuine => self.records[at].verified = true,
                Authenticity::Unknown => {}
                Authenticity::Forged => {
                    gone.push(at);
                    self.count(at, &mut forged);
                }
            }
        }
        gone.sort_unstable();
        let mut at = 0;
        self.records.retain(|_| {
            at += 1;
            gone.binary_search(&(at - 1)).is_err()
        });
        if !found.excess.is_empty() {
            log::warn!(
                "{} signatures are not taken in: their list has more than {SIGNATURES_MAX} for one content",
                found.excess.len()
            );
        }
        forged.into_values().collect()
    }

    fn count(&self, at: usize, forged: &mut BTreeMap<(PackageName, KeyId), ForgedList>) {
        let record = &self.records[at];
        let Ok(Signature { key_id: key, .. }) = Signature::parse(self.value(record)) else {
            return;
        };
        let package = self.package(record).clone();
        let none = || ForgedList {
            package: package.clone(),
            key,
            path: self.path(record).to_vec(),
            count: 0,
        };
        forged
            .entry((package.clone(), key))
            .or_insert_with(none)
            .count += 1;
    }
}

#[cfg(test)]
mod tests;
