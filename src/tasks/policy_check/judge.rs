//! Whether a file's label would do for what a policy demands.

use crate::format::ima::Label;
use crate::format::policy::{Answer, Demand, Hook, Policy};
use crate::keys::held::HeldKeys;
use crate::keys::signing::Trust;
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::ProgramFile;
use crate::tasks::target::TargetError;
use crate::tasks::verify::{Verdict, verify_file};

/// How certain a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// It depends on what only the kernel knows: a user's number, a security label.
    Perhaps,
    /// It will be.
    Sure,
}

/// A file that the policy would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What could not be done with it.
    pub hook: Hook,
    /// The rule's line.
    pub line: usize,
    /// Whether that is certain.
    pub sureness: Sureness,
    /// What is wrong with its label.
    pub verdict: Verdict,
}

/// A policy, and the keys that signatures are checked with.
pub struct Judge<'a> {
    /// The system.
    pub root: &'a Root,
    /// The policy.
    pub policy: &'a Policy,
    /// The certificates on disk.
    pub trust: &'a Trust,
    /// What the kernel holds, or will.
    pub held: &'a HeldKeys,
}

impl Judge<'_> {
    /// Why a file would be refused; none if it would not.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn judge(&self, candidate: &ProgramFile) -> Result<Option<Judged>, TargetError> {
        let Some((demand, hook, line, sureness)) = self.demand(candidate) else {
            return Ok(None);
        };
        let verdict = self.verdict(candidate, demand)?;
        Ok(verdict.map(|verdict| Judged {
            hook,
            line,
            sureness,
            verdict,
        }))
    }

    /// Whether the policy looks at the file at all.
    #[must_use]
    pub fn appraises(&self, candidate: &ProgramFile) -> bool {
        self.demand(candidate).is_some()
    }

    /// The most that is demanded, by the surest rule.
    fn demand(&self, candidate: &ProgramFile) -> Option<(Demand, Hook, usize, Sureness)> {
        let mut most: Option<(Sureness, Demand, Hook, usize)> = None;
        for access in candidate.accesses() {
            let found = match self.policy.answer(&access) {
                Answer::Free => continue,
                Answer::Needs(demand, line) => (Sureness::Sure, demand, access.hook, line),
                Answer::Perhaps(demand, line) => (Sureness::Perhaps, demand, access.hook, line),
            };
            if most.is_none_or(|(sureness, demand, ..)| (found.0, found.1) > (sureness, demand)) {
                most = Some(found);
            }
        }
        most.map(|(sureness, demand, hook, line)| (demand, hook, line, sureness))
    }

    /// What is wrong with the label; none if it will do.
    fn verdict(
        &self,
        candidate: &ProgramFile,
        demand: Demand,
    ) -> Result<Option<Verdict>, TargetError> {
        let read = || SystemError::at("read", &candidate.path);
        let Some(file) = self.root.open_file(&candidate.path)? else {
            return Ok(None); // Gone in the meantime.
        };
        match attribute::read(&file).map_err(read())? {
            // The hash is the kernel's own; it is not compared here.
            Label::Hash if demand == Demand::Hash => return Ok(None),
            Label::Signature(signature) if !self.held.holds(signature.key_id) => {
                return Ok(Some(Verdict::UntrustedKey(signature.key_id)));
            }
            Label::None | Label::Hash | Label::Malformed(_) | Label::Signature(_) => {}
        }
        let finding = verify_file(self.root, &candidate.path, self.trust)?;
        Ok(Some(finding.verdict).filter(|verdict| !verdict.is_fine()))
    }
}
