//! Which of several signatures a file gets. Pure.
//!
//! Where lists have one signature for the content, the file gets it as it is: the kernel decides whether it counts. Where
//! two compete, a signature that verifies comes first, then one of the package that owns the path, then one of the newest
//! list. A label on disk gives way only to a signature that verifies, or because it is itself known to be forged.
//!
//! SECURITY: without that, one hostile package makes the shell unusable: it needs no more than the shell's digest and
//! random bytes, under whatever key id it likes.

use std::cmp::Reverse;

use super::rank::Rank;
use super::remark::Remark;
use crate::dpkg::PackageName;
use crate::format::ima::{Label, Signature};
use crate::signatures::KnownSignature;

/// What to do with a file whose content some list knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Write this signature.
    Write(Signature),
    /// The label is the signature that would be written.
    Right,
    /// The label is another one, and stays: the lists' signatures do not verify.
    Outranked,
    /// The lists' signatures are forged, and so is the label, if there is one: nothing is written.
    Forged,
    /// The lists' signatures are by keys that were revoked: nothing is written.
    Revoked,
}

/// A decision, and the remarks on what it passes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What to do.
    pub decision: Decision,
    /// Signatures that are displaced or passed over.
    pub remarks: Vec<Remark>,
    /// Whether the signature verifies, or none competes with it.
    sure: bool,
}

impl Ruling {
    /// The ruling where nothing competes.
    pub(super) const fn undisputed(decision: Decision) -> Self {
        let remarks = Vec::new();
        Self {
            decision,
            remarks,
            sure: true,
        }
    }

    /// Whether it is to write a signature that was preferred to another, neither of which could be verified.
    pub(super) const fn is_a_guess(&self) -> bool {
        matches!(self.decision, Decision::Write(_)) && !self.sure
    }
}

/// Chooses among the signatures that lists have for a content, and the label; none if lists have no signature. `rank` is
/// told whether the signature was verified before; it is called only where signatures compete, as it may have to hash the
/// file and ask the kernel.
pub(super) fn choose_signature(
    label: &Label,
    known: &[KnownSignature],
    owner: Option<&PackageName>,
    rank: impl FnMut(&Signature, bool) -> Rank,
) -> Option<Ruling> {
    let contenders = contenders(known, owner, label);
    let first = contenders.first()?.signature();
    let undisputed = match label {
        Label::None | Label::Malformed(_) => Some(Decision::Write(first.clone())),
        Label::Signature(present) if present == first => Some(Decision::Right),
        Label::Signature(_) | Label::Hash => None,
    };
    if let (Some(decision), [_]) = (undisputed, contenders.as_slice()) {
        return Some(Ruling::undisputed(decision));
    }
    let remarks = Vec::new();
    Some(Contest { rank, remarks }.settle(label, &contenders))
}

/// One signature, however many lists have it.
struct Contender {
    known: KnownSignature,
    /// Whether a list of the file's owner has it.
    own: bool,
}

impl Contender {
    const fn signature(&self) -> &Signature {
        &self.known.signature
    }
}

/// Each signature once, of the best list that has it; the best first, as far as that can be told without verifying. Where a list
/// has several, by different keys, the one that is on disk comes first: while a key is exchanged, no label is written for
/// nothing.
fn contenders(
    known: &[KnownSignature],
    owner: Option<&PackageName>,
    label: &Label,
) -> Vec<Contender> {
    let mut contenders: Vec<Contender> = Vec::new();
    for known in known {
        let own = owner.is_some_and(|owner| *owner == known.package);
        let known = known.clone();
        let same = |other: &&mut Contender| *other.signature() == known.signature;
        let Some(contender) = contenders.iter_mut().find(same) else {
            contenders.push(Contender { known, own });
            continue;
        };
        let verified = contender.known.verified || known.verified;
        if (own, known.stamp) > (contender.own, contender.known.stamp) {
            *contender = Contender { known, own };
        }
        contender.known.verified = verified;
    }
    contenders.sort_by_key(|contender| {
        let signature = contender.signature();
        let is_on_disk = matches!(label, Label::Signature(present) if present == signature);
        let best = Reverse((contender.own, contender.known.stamp, is_on_disk));
        (best, signature.key_id)
    });
    contenders
}

struct Contest<R> {
    rank: R,
    remarks: Vec<Remark>,
}

impl<R: FnMut(&Signature, bool) -> Rank> Contest<R> {
    fn settle(mut self, label: &Label, contenders: &[Contender]) -> Ruling {
        let best = self.best(contenders);
        let decision = match best {
            Some((best, rank)) if rank != Rank::Forged => self.compare(label, best, rank),
            _ => self.without_any(label, contenders),
        };
        Ruling {
            decision,
            remarks: self.remarks,
            sure: best.is_some_and(|(_, rank)| rank == Rank::Genuine),
        }
    }

    /// The best of them with its rank; none if there are none. The first that verifies wins, as all after it are worse.
    fn best<'c>(&mut self, contenders: &'c [Contender]) -> Option<(&'c Contender, Rank)> {
        let mut best: Option<(&Contender, Rank)> = None;
        for contender in contenders {
            let rank = (self.rank)(contender.signature(), contender.known.verified);
            if rank == Rank::Forged {
                self.remarks.push(Remark::Forged {
                    package: contender.known.package.clone(),
                    key: contender.signature().key_id,
                });
            }
            if best.is_none_or(|(_, known)| rank > known) {
                best = Some((contender, rank));
            }
            if rank == Rank::Genuine {
                break;
            }
        }
        best
    }

    /// Compares the label with the best of the lists' signatures, which is not forged.
    fn compare(&mut self, label: &Label, best: &Contender, rank: Rank) -> Decision {
        let write = || Decision::Write(best.signature().clone());
        let package = best.known.package.clone();
        let (key, on_disk) = match label {
            Label::None | Label::Malformed(_) => return write(),
            Label::Signature(present) if present == best.signature() => return Decision::Right,
            Label::Signature(present) => (Some(present.key_id), (self.rank)(present, false)),
            Label::Hash => (None, Rank::Unverified),
        };
        let forged = on_disk == Rank::Forged;
        if forged || rank == Rank::Genuine {
            self.remarks.push(Remark::Displaced {
                key,
                forged,
                package,
            });
            return write();
        }
        self.remarks.push(Remark::Kept { package });
        Decision::Outranked
    }

    /// The decision where all signatures of lists are forged.
    fn without_any(&mut self, label: &Label, contenders: &[Contender]) -> Decision {
        let stays = match label {
            Label::None | Label::Malformed(_) => false,
            Label::Hash => true,
            Label::Signature(present) => {
                let listed = contenders.iter().any(|known| known.signature() == present);
                !listed && (self.rank)(present, false) != Rank::Forged
            }
        };
        match stays {
            true => Decision::Outranked,
            false => Decision::Forged,
        }
    }
}

#[cfg(test)]
mod tests;
