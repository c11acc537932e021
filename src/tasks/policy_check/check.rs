//! Whether a file's label would do for what a policy demands.

use crate::format::ima::Label;
use crate::format::policy::{Answer, Demand, Hook, Policy};
use crate::keys::held::HeldKeys;
use crate::keys::signing::Trust;
use crate::labelling::{Verdict, verdict_on_file};
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::ProgramFile;

/// How certain a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It depends on what only the kernel knows: a user's number, a security label.
    Perhaps,
    /// No access of that kind would be allowed.
    Sure,
}

/// Why the policy would refuse a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The access that would fail.
    pub hook: Hook,
    /// The line of the rule, counted from 1.
    pub line: usize,
    /// How certain the refusal is.
    pub certainty: Certainty,
    /// What is wrong with the file's label.
    pub verdict: Verdict,
}

/// A policy, and the keys that signatures are verified with.
pub struct PolicyCheck<'a> {
    /// The system.
    pub root: &'a Root,
    /// The policy, which need not be in force.
    pub policy: &'a Policy,
    /// The certificates on disk, with which signatures are verified.
    pub trust: &'a Trust,
    /// The keys that the kernel holds, or will hold once the certificates are loaded.
    pub held: &'a HeldKeys,
}

/// What a policy demands of a file, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Demanded {
    certainty: Certainty,
    demand: Demand,
    hook: Hook,
    line: usize,
}

impl PolicyCheck<'_> {
    /// Why a file would be refused; none if it would not, or if it is not there any more.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn refusal(&self, file: &ProgramFile) -> Result<Option<Refusal>, SystemError> {
        let Some(demanded) = self.demanded(file) else {
            return Ok(None);
        };
        let fault = self.fault(file, demanded.demand)?;
        Ok(fault.map(|verdict| Refusal {
            hook: demanded.hook,
            line: demanded.line,
            certainty: demanded.certainty,
            verdict,
        }))
    }

    /// Whether the policy has a demand on the file at all.
    pub(super) fn appraises(&self, file: &ProgramFile) -> bool {
        self.demanded(file).is_some()
    }

    /// The strictest demand of the surest rule; the first of equals.
    fn demanded(&self, file: &ProgramFile) -> Option<Demanded> {
        let mut strictest: Option<Demanded> = None;
        for access in file.accesses() {
            let (certainty, demand, line) = match self.policy.answer(&access) {
                Answer::Free => continue,
                Answer::Needs(demand, line) => (Certainty::Sure, demand, line),
                Answer::Perhaps(demand, line) => (Certainty::Perhaps, demand, line),
            };
            if strictest.is_none_or(|most| (certainty, demand) > (most.certainty, most.demand)) {
                strictest = Some(Demanded {
                    certainty,
                    demand,
                    hook: access.hook,
                    line,
                });
            }
        }
        strictest
    }

    /// What is wrong with the file's label; none if it will do.
    fn fault(&self, file: &ProgramFile, demand: Demand) -> Result<Option<Verdict>, SystemError> {
        let Some(opened) = self.root.open_file(&file.path)? else {
            return Ok(None);
        };
        let error = SystemError::at("read", &file.path);
        match attribute::read(&opened).map_err(error)? {
            // The kernel wrote the hash itself; it is not compared here.
            Label::Hash if demand == Demand::Hash => return Ok(None),
            Label::Signature(signature) if !self.held.holds(signature.key_id) => {
                return Ok(Some(Verdict::UntrustedKey(signature.key_id)));
            }
            Label::None | Label::Hash | Label::Malformed(_) | Label::Signature(_) => {}
        }
        let verdict = verdict_on_file(self.root, &file.path, self.trust)?;
        Ok(verdict.filter(|verdict| !verdict.is_fine()))
    }
}
