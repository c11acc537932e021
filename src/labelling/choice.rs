//! Which of several signatures a file gets. Pure.
//!
//! Where only one is known, it is taken as it is: the kernel decides whether it counts. Where two compete, what verifies
//! comes first; then the package that owns the path; then the newest list. A label on disk gives way only to a
//! signature that verifies, or because it is itself known to be forged.
//!
//! SECURITY: without that, one hostile package makes the shell unusable: it needs no more than the shell's digest and
//! random bytes, under whatever key id it likes.

use super::rank::Rank;
use super::remark::Remark;
use crate::dpkg::{PackageName, Stamp};
use crate::format::ima::{Label, Signature};
use crate::signatures::KnownSignature;

/// What to do with a file whose content some list knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Write this signature.
    Write(Signature),
    /// The label is the one that we would write.
    Right,
    /// The label is another, and stays: what lists have does not verify.
    Outranked,
    /// Whatever lists have is forged, and so is the label, if there is one: nothing is written.
    Forged,
}

/// A decision, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What to do.
    pub decision: Decision,
    /// What is displaced or passed over.
    pub remarks: Vec<Remark>,
    /// Whether the signature verifies, or none competes with it.
    sure: bool,
}

impl Ruling {
    /// Where nothing competes.
    #[must_use]
    pub const fn undisputed(decision: Decision) -> Self {
        let remarks = Vec::new();
        Self {
            decision,
            remarks,
            sure: true,
        }
    }

    /// Whether it is to write what was only preferred to another signature, neither of which could be verified.
    pub(super) const fn is_a_guess(&self) -> bool {
        matches!(self.decision, Decision::Write(_)) && !self.sure
    }
}

/// Chooses among the signatures that lists have for a content, and the label. None without known. `rank` says
/// what a signature is worth, told whether it was verified before; it is not asked where nothing competes.
pub(super) fn choose_signature(
    label: &Label,
    known: &[KnownSignature],
    owner: Option<&PackageName>,
    rank: impl FnMut(&Signature, bool) -> Rank,
) -> Option<Ruling> {
    let contenders = contenders(known, owner);
    let first = contenders.first()?;
    let undisputed = match label {
        Label::None | Label::Malformed(_) => Some(Decision::Write(first.signature.clone())),
        Label::Signature(present) if *present == first.signature => Some(Decision::Right),
        Label::Signature(_) | Label::Hash => None,
    };
    if let (Some(decision), [_]) = (undisputed, contenders.as_slice()) {
        return Some(Ruling::undisputed(decision));
    }
    Some(Contest::new(rank).settle(label, &contenders))
}

/// One signature, however many lists have it.
struct Contender {
    signature: Signature,
    package: PackageName,
    verified: bool,
    own: bool,
    stamp: Stamp,
}

/// Each signature once, with the best that is to be said for it; the best first, as far as that can be told without
/// verifying anything.
fn contenders(known: &[KnownSignature], owner: Option<&PackageName>) -> Vec<Contender> {
    let mut contenders: Vec<Contender> = Vec::new();
    for known in known {
        let own = owner.is_some_and(|owner| *owner == known.package);
        let same = |contender: &&mut Contender| contender.signature == known.signature;
        let Some(contender) = contenders.iter_mut().find(same) else {
            contenders.push(Contender {
                signature: known.signature.clone(),
                package: known.package.clone(),
                verified: known.verified,
                own,
                stamp: known.stamp,
            });
            continue;
        };
        contender.verified |= known.verified;
        if (own, known.stamp) > (contender.own, contender.stamp) {
            (contender.own, contender.stamp) = (own, known.stamp);
            contender.package = known.package.clone();
        }
    }
    contenders.sort_by_key(|contender| std::cmp::Reverse((contender.own, contender.stamp)));
    contenders
}

struct Contest<J> {
    rank: J,
    remarks: Vec<Remark>,
}

impl<J: FnMut(&Signature, bool) -> Rank> Contest<J> {
    const fn new(rank: J) -> Self {
        let remarks = Vec::new();
        Self { rank, remarks }
    }

    fn settle(mut self, label: &Label, contenders: &[Contender]) -> Ruling {
        let best = self.best(contenders);
        let decision = match best {
            Some((best, rank)) if rank != Rank::Forged => self.choose(label, best, rank),
            _ => self.without_any(label, contenders),
        };
        Ruling {
            decision,
            remarks: self.remarks,
            sure: best.is_some_and(|(_, rank)| rank == Rank::Genuine),
        }
    }

    fn choose(&mut self, label: &Label, best: &Contender, rank: Rank) -> Decision {
        let write = || Decision::Write(best.signature.clone());
        let package = best.package.clone();
        let (key, on_disk) = match label {
            Label::None | Label::Malformed(_) => return write(),
            Label::Signature(present) if *present == best.signature => return Decision::Right,
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

    /// Where all that lists have is forged.
    fn without_any(&mut self, label: &Label, contenders: &[Contender]) -> Decision {
        let stays = match label {
            Label::None | Label::Malformed(_) => false,
            Label::Hash => true,
            Label::Signature(present) => {
                let listed = contenders.iter().any(|known| known.signature == *present);
                !listed && (self.rank)(present, false) != Rank::Forged
            }
        };
        match stays {
            true => Decision::Outranked,
            false => Decision::Forged,
        }
    }

    /// The best, and how it stands. The first that verifies wins, as the rest comes after it; none if there is none.
    fn best<'c>(&mut self, contenders: &'c [Contender]) -> Option<(&'c Contender, Rank)> {
        let mut best: Option<(&Contender, Rank)> = None;
        for contender in contenders {
            let rank = (self.rank)(&contender.signature, contender.verified);
            if rank == Rank::Forged {
                self.remarks.push(Remark::Forged {
                    package: contender.package.clone(),
                    key: contender.signature.key_id,
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
}

#[cfg(test)]
mod tests;
