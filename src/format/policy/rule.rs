//! One rule of a policy, and whether an access fulfils it.

use super::{Access, Condition, Hook, Matching};

/// A rule: the action that the kernel takes on an access which fulfils the hook and every condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The line of the policy that it is on, counted from 1.
    pub line: usize,
    /// What the kernel does then.
    pub action: Action,
    /// The kind of access; none: every kind.
    pub hook: Option<Hook>,
    /// The other conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// The action of a rule: its first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The access is refused unless the label is as demanded.
    Appraise(Demand),
    /// The label is not looked at.
    DontAppraise,
    /// `measure`, `audit`, `hash` and their opposites, which never refuse anything.
    Other,
}

/// The label that an appraised file must have. A greater demand includes a lesser one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// A hash of its content, or a signature: `appraise` without `appraise_type`.
    Hash,
    /// `appraise_type=imasig`
    Signature,
    /// `digest_type=verity appraise_type=sigv3`: a signature of version 3 over the file's digest of fs-verity. No label that
    /// this program makes is one.
    VeritySignature,
}

impl Rule {
    /// Whether an access fulfils the hook and every condition.
    pub(super) fn matches(&self, access: &Access) -> Matching {
        if self.hook.is_some_and(|hook| hook != access.hook) {
            return Matching::No;
        }
        let mut all = Matching::Yes;
        for condition in &self.conditions {
            match condition.matches(access) {
                Matching::No => return Matching::No,
                Matching::Perhaps => all = Matching::Perhaps,
                Matching::Yes => {}
            }
        }
        all
    }
}
