//! Verifies the signatures of new lists before they are kept: those that compete with others for a content, or all.
//!
//! SECURITY: forged signatures are not kept, and genuine ones are marked, so that the guard has to verify little while
//! an opener waits. The work is linear in the lists: a new signature is verified once, and of those that are known for
//! a content at most [`KNOWN_MAX`].

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use super::build::NewRecord;
use super::{Builder, KnownSignature, Store};
use crate::dpkg::PackageName;
use crate::format::ima::{Digest, KeyId, Signature};
use crate::format::imasigs::escaped;
use crate::format::plural::count;
use crate::keys::held::{Authenticity, HeldKeys};

/// Most different signatures of one list for one content; more are not kept. (There are several where a
/// signer's ECDSA signatures differ each time.)
const SIGNATURES_MAX: usize = 8;
/// Most known signatures of one content that are verified where new ones compete with them.
const KNOWN_MAX: usize = 8;
/// Fewer signatures are not worth another thread.
const SHARE: usize = 64;

/// Which signatures are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verifying {
    /// Signatures of contents that have several: of others there is nothing to choose, and the kernel verifies.
    Competing,
    /// All, where a list has to prove itself.
    All,
}

/// Signatures of one list that do not verify under a key that is held. Prints as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgedList {
    /// The package of the list.
    pub package: PackageName,
    /// The id of the key.
    pub key: KeyId,
    /// The first of their paths, as the list has it; empty if it is not known.
    pub path: Vec<u8>,
    /// How many signatures, at least one.
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

type ForgedLists = BTreeMap<(PackageName, KeyId), ForgedList>;

/// Which records of a builder are to be verified, by their places, and which are to go.
#[derive(Default)]
struct Settling {
    questions: Vec<usize>,
    /// Records past [`SIGNATURES_MAX`], which go.
    excess: Vec<usize>,
    /// Known signatures of the same contents, to be verified too.
    known: Vec<(u64, Digest, KnownSignature)>,
}

impl Settling {
    /// Where one is known to be genuine, the others need not be verified.
    fn take_known(&mut self, size: u64, digest: Digest, known: &Store, held: &HeldKeys) {
        let mut known = known.signatures_of(size, &digest);
        known.retain(|known| held.holds(known.signature.key_id));
        if !known.iter().any(|known| known.verified) {
            let first = known.into_iter().take(KNOWN_MAX);
            self.known.extend(first.map(|known| (size, digest, known)));
        }
    }
}

impl Builder {
    /// Verifies the signatures that were added. Afterwards the forged ones are gone, and are returned by list and key;
    /// the genuine ones are marked as verified, and so are those that `known` has for the same contents.
    pub fn settle(
        &mut self,
        known: &Store,
        held: &HeldKeys,
        verifying: Verifying,
    ) -> Vec<ForgedList> {
        self.sort();
        let settling = self.select(known, held, verifying);
        let answers = self.verify(&settling.questions, held);
        for (size, digest, known) in &settling.known {
            self.mark(*size, digest, known, held);
        }
        self.apply(&settling, &answers)
    }

    /// The records are sorted.
    fn select(&self, known: &Store, held: &HeldKeys, verifying: Verifying) -> Settling {
        let mut settling = Settling::default();
        let mut start = 0;
        let same = |a: &NewRecord, b: &NewRecord| (a.size, a.digest) == (b.size, b.digest);
        for group in self.records.chunk_by(same) {
            let range = start..start + group.len();
            start = range.end;
            let (size, digest, value) = (group[0].size, group[0].digest, self.value(&group[0]));
            let competes = group.iter().any(|other| self.value(other) != value)
                || known.has_other(size, &digest, &[value]);
            if competes || verifying == Verifying::All {
                self.take_group(range, &mut settling);
            }
            if competes {
                settling.take_known(size, digest, known, held);
            }
        }
        settling
    }

    fn take_group(&self, range: std::ops::Range<usize>, settling: &mut Settling) {
        let mut of_list = (usize::MAX, 0);
        for at in range {
            let list = self.records[at].list;
            of_list = (list, if of_list.0 == list { of_list.1 + 1 } else { 1 });
            if of_list.1 > SIGNATURES_MAX {
                settling.excess.push(at);
            } else if !self.records[at].verified {
                settling.questions.push(at);
            }
        }
    }

    /// On several threads, if there are many questions.
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
    fn mark(&mut self, size: u64, digest: &Digest, known: &KnownSignature, held: &HeldKeys) {
        if held.verify(&known.signature, digest) == Authenticity::Genuine {
            let verified = KnownSignature {
                verified: true,
                ..known.clone()
            };
            self.add(size, *digest, &verified);
        }
    }

    fn apply(&mut self, settling: &Settling, answers: &[Authenticity]) -> Vec<ForgedList> {
        let mut forged = ForgedLists::new();
        let mut gone: Vec<usize> = settling.excess.clone();
        for (&at, answer) in settling.questions.iter().zip(answers) {
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
        if !settling.excess.is_empty() {
            log::warn!(
                "not taken in: {}, as their list has more than {SIGNATURES_MAX} for one content",
                count(settling.excess.len(), "signature")
            );
        }
        forged.into_values().collect()
    }

    fn count(&self, at: usize, forged: &mut ForgedLists) {
        let record = &self.records[at];
        let Ok(Signature { key_id: key, .. }) = Signature::parse(self.value(record)) else {
            return;
        };
        let package = self.package(record).clone();
        let list = forged.entry((package.clone(), key));
        let first = || ForgedList {
            package,
            key,
            path: self.path(record).to_vec(),
            count: 0,
        };
        list.or_insert_with(first).count += 1;
    }
}

#[cfg(test)]
mod tests;
