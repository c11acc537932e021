//! Which rule of the policy appraised a file, or would. Pure.
//!
//! A record of the audit does not name it. It follows from the file, from what may be done with it, and from the user of the
//! record; where several rules come into question, all of them are named.

use crate::format::audit::{AuditRecord, Cause, Operation};
use crate::format::policy::{Access, Answer, Demand, Hook, Policy, Subject};
use crate::machine::walk::ProgramFile;

/// SPEC: chmod(2), `S_ISUID`.
const SET_USER_ID: u32 = 0o4000;

/// A rule that demands something of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecidingRule {
    /// The line of the rule, counted from 1.
    pub line: usize,
    /// The first access for which it demands it.
    pub hook: Hook,
    /// The label that the file needs.
    pub demand: Demand,
    /// Whether it certainly does: else conditions decide that only the kernel knows.
    pub is_certain: bool,
}

/// The rules that come into question for a file, each once, in the order of the accesses: execute, map, load, open. Without a
/// record: for anybody's access. None if the record is of no access to content, so that no rule of this kind decided.
#[must_use]
pub fn deciding_rules(
    policy: &Policy,
    file: &ProgramFile,
    record: Option<&AuditRecord>,
) -> Option<Vec<DecidingRule>> {
    let operation = record.map(|record| record.operation);
    if operation == Some(Operation::SetLabel) {
        return None;
    }
    let mut accesses = file.accesses();
    if operation == Some(Operation::Map) {
        accesses.retain(|access| access.hook == Hook::MmapCheck);
    }
    let cause = record.map(|record| &record.cause);
    let user = record.and_then(|record| record.user);
    let is_by = |access: &&Access| may_be_by(access, user, file);
    let of_user = found(policy, accesses.iter().filter(is_by), cause);
    // A record has the real user, and rules may name the effective one.
    Some(match of_user.is_empty() {
        true => found(policy, accesses.iter(), cause),
        false => of_user,
    })
}

fn may_be_by(access: &Access, user: Option<u32>, file: &ProgramFile) -> bool {
    match (user, access.subject) {
        (None, _) | (Some(0), Subject::Root) | (Some(1..), Subject::AnyoneElse) => true,
        // Whoever executes it keeps his credentials until it is accepted.
        (Some(1..), Subject::Root) => {
            let becomes_root = file.owner == 0 && file.mode & SET_USER_ID != 0;
            becomes_root && access.hook != Hook::BprmCheck
        }
        (Some(0), Subject::AnyoneElse) => false,
    }
}

fn found<'a>(
    policy: &Policy,
    accesses: impl Iterator<Item = &'a Access>,
    cause: Option<&Cause>,
) -> Vec<DecidingRule> {
    let mut found: Vec<DecidingRule> = Vec::new();
    for access in accesses {
        let (demand, line, is_certain) = match policy.answer(access) {
            Answer::Free => continue,
            Answer::Needs(demand, line) => (demand, line, true),
            Answer::Perhaps(demand, line) => (demand, line, false),
        };
        let is_known = found.iter().any(|known| known.line == line);
        if !is_known && cause.is_none_or(|cause| fits(demand, cause)) {
            found.push(DecidingRule {
                line,
                hook: access.hook,
                demand,
                is_certain,
            });
        }
    }
    found
}

/// Whether a rule with that demand can be why the kernel gave that cause. SPEC: `ima_appraise_measurement()`.
const fn fits(demand: Demand, cause: &Cause) -> bool {
    match cause {
        Cause::SignatureRequired => matches!(demand, Demand::Signature),
        Cause::VeritySignatureRequired | Cause::InvalidVeritySignature => {
            matches!(demand, Demand::VeritySignature)
        }
        Cause::MissingHash => matches!(demand, Demand::Hash),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::audit::AuditLine;
    use crate::tasks::why::standing_now::sample_program;

    fn record(user: u32, operation: &str, cause: &str) -> AuditRecord {
        let line = format!(
            "audit: type=1800 audit(1764000000.000:1): pid=1 uid={user} op={operation} cause={cause} comm=\"x\" \
             name=\"/usr/bin/x\" dev=\"vda\" ino=1 res=0 errno=0"
        );
        match AuditLine::of_kernel(line.as_bytes()) {
            AuditLine::Record(record) => record,
            other => panic!("{other:?}"),
        }
    }

    fn lines(policy: &str, mode: u32, record: Option<AuditRecord>) -> Vec<(usize, &'static str)> {
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        let file = ProgramFile {
            mode,
            ..sample_program("/usr/bin/x")
        };
        let found = deciding_rules(&policy, &file, record.as_ref()).unwrap();
        let line = |rule: &DecidingRule| (rule.line, rule.hook.verb());
        found.iter().map(line).collect()
    }

    #[test]
    fn the_rules_follow_from_file_user_and_operation() {
        const ROOT: &str = include_str!("../../../hooks/policies/root");
        const EVERYONE: &str = include_str!("../../../hooks/policies/everyone");
        let unsigned = |user| Some(record(user, "appraise_data", "IMA-signature-required"));
        let both = [(17, "execute"), (18, "map")];
        assert_eq!(lines(EVERYONE, 0o755, None), both);
        assert_eq!(lines(EVERYONE, 0o755, unsigned(1000)), both);
        assert_eq!(lines(EVERYONE, 0o644, unsigned(0)), [(18, "map")]);
        let mapped = record(0, "mmap_file", "failed-mprotect");
        assert_eq!(lines(EVERYONE, 0o755, Some(mapped)), [(18, "map")]);
        // Set-user-ID: whom it is executed as decides.
        let becomes = [(19, "execute"), (20, "map")];
        assert_eq!(lines(ROOT, 0o4755, unsigned(1000)), becomes);
        // No rule for that user: then the process had root's rights all the same.
        let all = [(18, "execute"), (19, "execute"), (20, "map")];
        assert_eq!(lines(ROOT, 0o755, unsigned(1000)), all);
        let by_user = "appraise euid=0 appraise_type=imasig\nappraise euid>0 appraise_type=imasig";
        assert_eq!(lines(by_user, 0o755, unsigned(1000)), [(2, "execute")]);
        assert_eq!(lines(by_user, 0o755, unsigned(0)), [(1, "execute")]);
    }

    /// A program is opened to be executed, and that is a FILE_CHECK with MAY_EXEC.
    #[test]
    fn rules_on_opening_decide_on_executing_too() {
        let opened = "appraise func=FILE_CHECK mask=MAY_EXEC appraise_type=imasig";
        assert_eq!(lines(opened, 0o755, None), [(1, "open")]);
        // The control: what nobody executes is not opened so.
        assert_eq!(lines(opened, 0o644, None), []);
        let read = "appraise func=FILE_CHECK mask=MAY_READ appraise_type=imasig";
        assert_eq!(lines(read, 0o644, None), [(1, "open")]);
    }

    #[test]
    fn a_rule_that_could_not_give_that_cause_is_none() {
        let two = "appraise func=MMAP_CHECK\nappraise func=BPRM_CHECK appraise_type=imasig";
        let of = |cause| lines(two, 0o755, Some(record(0, "appraise_data", cause)));
        assert_eq!(of("missing-hash"), [(1, "map")]);
        assert_eq!(of("IMA-signature-required"), [(2, "execute")]);
        assert_eq!(of("invalid-signature"), [(2, "execute"), (1, "map")]);
        assert_eq!(of("unknown").len(), 2);
        let label = record(0, "set_data", "denied-hash-algorithm");
        let policy = Policy::parse(two.as_bytes()).unwrap();
        let file = sample_program("/x");
        assert_eq!(deciding_rules(&policy, &file, Some(&label)), None);
    }
}
