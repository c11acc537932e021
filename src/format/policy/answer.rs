//! What a policy demands of an access.

use super::{Access, Action, Demand, Matching, Policy};

/// The label that a file needs for an access, with the line of the rule that demands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// None: the access is not appraised.
    Free,
    /// The file needs that label.
    Needs(Demand, usize),
    /// The file may need that label: conditions that only the kernel knows decide.
    Perhaps(Demand, usize),
}

impl Policy {
    /// The label that a file needs for an access.
    ///
    /// SPEC: `ima_match_policy()`: the first rule that matches and says whether to appraise decides. Rules that perhaps
    /// match are possible too, up to the first that certainly does; the answer is certain if all possible rules agree.
    #[must_use]
    pub fn answer(&self, access: &Access) -> Answer {
        let mut possible = Vec::new();
        for rule in self.rules() {
            let demand = match rule.action {
                Action::Appraise(demand) => Some((demand, rule.line)),
                Action::DontAppraise => None,
                Action::Other => continue,
            };
            match rule.matches(access) {
                Matching::No => {}
                Matching::Perhaps => possible.push(demand),
                Matching::Yes => {
                    possible.push(demand);
                    return combine(&possible);
                }
            }
        }
        possible.push(None);
        combine(&possible)
    }
}

/// The answer if any of these rules may decide. None stands for no demand; the first line that demands is named.
fn combine(possible: &[Option<(Demand, usize)>]) -> Answer {
    let Some((demand, line)) = possible.iter().flatten().next().copied() else {
        return Answer::Free;
    };
    let same = |other: &Option<(Demand, usize)>| other.is_some_and(|(other, _)| other == demand);
    if possible.iter().all(same) {
        Answer::Needs(demand, line)
    } else {
        Answer::Perhaps(demand, line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::policy::{Hook, Subject};

    const RAMFS: u64 = 0x8584_58f6;
    const EXT4: u64 = 0xef53;

    fn access(hook: Hook, subject: Subject, fs_magic: u64, owner: u32) -> Access {
        Access {
            hook,
            mask: hook.mask(),
            subject,
            fs_magic,
            owner,
            group: 0,
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        use Subject::{AnyoneElse, Root};
        let signature = |line| Answer::Needs(Demand::Signature, line);
        let perhaps = |line| Answer::Perhaps(Demand::Signature, line);
        for (text, access, answer) in [
            (
                "dont_appraise fsmagic=0x858458f6 fowner=0\nappraise func=BPRM_CHECK appraise_type=imasig",
                access(Hook::BprmCheck, Root, RAMFS, 0),
                Answer::Free,
            ),
            (
                "dont_appraise fsmagic=0x858458f6 fowner=0\nappraise func=BPRM_CHECK appraise_type=imasig",
                access(Hook::BprmCheck, AnyoneElse, RAMFS, 1000),
                signature(2),
            ),
            (
                "appraise func=BPRM_CHECK appraise_type=imasig",
                access(Hook::ModuleCheck, Root, EXT4, 0),
                Answer::Free,
            ),
            (
                "measure func=BPRM_CHECK\nappraise fowner=0",
                access(Hook::BprmCheck, Root, EXT4, 0),
                Answer::Needs(Demand::Hash, 2),
            ),
            (
                "appraise euid=0 appraise_type=imasig",
                access(Hook::BprmCheck, AnyoneElse, EXT4, 0),
                Answer::Free,
            ),
            (
                "appraise uid=7 appraise_type=imasig",
                access(Hook::BprmCheck, AnyoneElse, EXT4, 0),
                perhaps(1),
            ),
            (
                "dont_appraise obj_type=x\nappraise mask=MAY_EXEC appraise_type=imasig",
                access(Hook::MmapCheck, Root, EXT4, 0),
                perhaps(2),
            ),
            (
                "appraise subj_role=x appraise_type=imasig\nappraise appraise_type=imasig",
                access(Hook::MmapCheck, Root, EXT4, 0),
                signature(1),
            ),
            (
                "dont_appraise subj_role=x\nappraise subj_role=y appraise_type=imasig\nappraise appraise_type=imasig",
                access(Hook::MmapCheck, Root, EXT4, 0),
                perhaps(2),
            ),
            (
                "appraise mask=MAY_WRITE",
                access(Hook::FileCheck, Root, EXT4, 0),
                Answer::Free,
            ),
        ] {
            let policy = Policy::parse(text.as_bytes()).unwrap();
            assert_eq!(policy.answer(&access), answer, "{text}");
        }
    }
}
