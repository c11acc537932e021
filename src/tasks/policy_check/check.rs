//! Whether a file's label would do for what a policy demands.

use std::fs::File;
use std::io;

use crate::format::ima::Label;
use crate::format::policy::{Answer, Demand, Hook, Policy};
use crate::keys::held::HeldKeys;
use crate::labelling::{Verdict, verdict_on_label};
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

/// A policy, and the keys by which labels are verified.
pub struct PolicyCheck<'a> {
    /// The system.
    pub root: &'a Root,
    /// The policy, which need not be in force.
    pub policy: &'a Policy,
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
        let label = attribute::read(&opened).map_err(SystemError::at("read", &file.path))?;
        let fault = label_fault(&opened, label, demand, self.held);
        fault.map_err(SystemError::at("verify", &file.path))
    }
}

/// An error also if the key of its signature is held, and nothing here verifies by it.
fn label_fault(
    file: &File,
    label: Label,
    demand: Demand,
    held: &HeldKeys,
) -> io::Result<Option<Verdict>> {
    match &label {
        // The kernel wrote the hash itself; it is not compared here.
        Label::Hash if demand == Demand::Hash => return Ok(None),
        // For that rule, what is signed by its content is not signed.
        Label::Signature(_) if demand == Demand::VeritySignature => {
            return Ok(Some(Verdict::Unsigned));
        }
        Label::Signature(signature) if !held.holds(signature.key_id) => {
            return Ok(Some(Verdict::UntrustedKey(signature.key_id)));
        }
        Label::None | Label::Hash | Label::Malformed(_) | Label::Signature(_) => {}
    }
    match verdict_on_label(file, label, held)? {
        Verdict::UntrustedKey(key_id) => Err(io::Error::other(format!(
            "nothing here can verify by key {key_id}"
        ))),
        verdict => Ok((!verdict.is_fine()).then_some(verdict)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::keys::held::sample::{self, SampleKey, forged, genuine, strange};

    #[test]
    fn a_label_is_verified_by_the_keys_that_are_held_and_by_no_others() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(sample::CONTENT).unwrap();
        let fault = |label, held: &HeldKeys| {
            label_fault(&file, Label::Signature(label), Demand::Signature, held)
        };
        let held = sample::held();
        assert_eq!(fault(genuine(SampleKey::A), &held).unwrap(), None);
        let label = Label::Signature(genuine(SampleKey::A));
        let verity = label_fault(&file, label, Demand::VeritySignature, &held);
        assert_eq!(verity.unwrap(), Some(Verdict::Unsigned));
        let altered = fault(forged(SampleKey::A, 1), &held).unwrap();
        assert_eq!(altered, Some(Verdict::Altered));
        let strange = fault(strange(1), &held).unwrap();
        assert!(matches!(strange, Some(Verdict::UntrustedKey(_))));
        let ids = [sample::key_id(SampleKey::A)].into_iter().collect();
        let unknown = fault(genuine(SampleKey::A), &ids).unwrap_err();
        assert!(unknown.to_string().contains("can verify"), "{unknown}");
    }
}
