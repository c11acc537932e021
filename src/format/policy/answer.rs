//! What a policy says of an access.

use super::{Action, Demand, Hook, Mask, Matching, Policy, Rule};

/// Who accesses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Root.
    Root,
    /// Some other user.
    AnyoneElse,
}

/// One access, before it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// What kind.
    pub hook: Hook,
    /// Who.
    pub subject: Subject,
    /// The kind of filesystem, as statfs(2) says it.
    pub fs_magic: u64,
    /// The file's owner.
    pub owner: u32,
    /// The file's group.
    pub group: u32,
}

impl Access {
    /// SPEC: `ima_file_mmap()`, `ima_bprm_check()`, `ima_post_read_file()`, ima_main.c. A file is
    /// opened for reading; writing is not looked at here.
    pub(super) const fn mask(&self) -> Mask {
        match self.hook {
            Hook::MmapCheck | Hook::BprmCheck | Hook::CredsCheck => Mask::Exec,
            _ => Mask::Read,
        }
    }
}

/// What the file needs for that access. The line is that of the rule which decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: it is not appraised.
    Free,
    /// A label.
    Needs(Demand, usize),
    /// That depends on what only the kernel knows when it happens.
    Perhaps(Demand, usize),
}

impl Policy {
    /// What the file needs for that access.
    ///
    /// SPEC: `ima_match_policy()`: the first rule that matches and speaks of appraisal decides.
    #[must_use]
    pub fn answer(&self, access: &Access) -> Answer {
        let mut possible = Vec::new();
        for rule in &self.rules {
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

/// One of these decides.
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

impl Rule {
    fn matches(&self, access: &Access) -> Matching {
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

#[cfg(test)]
mod tests {
    use super::*;

    const RAMFS: u64 = 0x8584_58f6;
    const EXT4: u64 = 0xef53;

    fn access(hook: Hook, subject: Subject, fs_magic: u64, owner: u32) -> Access {
        Access {
            hook,
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
