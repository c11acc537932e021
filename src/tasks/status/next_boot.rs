//! Whether the machine would boot if it enforced.

use std::path::Path;

use super::line::{Readiness, StatusLine};
use super::topic::Topic;
use crate::format::policy::{Policy, PolicyError};
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::boot::{BootObstacle, POLICY, obstacles, read_policy};

/// The rules that any useful policy has, for machines where none was chosen yet.
const EVERYONE: &[u8] = b"appraise func=BPRM_CHECK appraise_type=imasig\n\
                          appraise func=MMAP_CHECK mask=MAY_EXEC appraise_type=imasig\n";
const INIT: &str = "/sbin/init";
const TOPIC: Topic = Topic::NextBoot;

/// Whether enforcing now would refuse a file without which the machine does not boot.
#[must_use]
pub fn would_not_boot(lines: &[StatusLine]) -> bool {
    let boots = |line: &StatusLine| line.topic == TOPIC && line.readiness == Readiness::Not;
    lines.iter().any(boots)
}

/// Holds init, the shell, the loader and the C library against the policy: labels, keys and content.
pub(super) fn next_boot(root: &Root, held: &HeldKeys) -> StatusLine {
    let unknown =
        |error: SystemError| StatusLine::unknown(TOPIC, error.to_string(), "run this as root");
    let policy = match read_policy(root) {
        Ok(text) => Policy::parse(text.as_deref().unwrap_or(EVERYONE)),
        Err(error) => return unknown(error),
    };
    let policy = match policy {
        Ok(policy) => policy,
        Err(mistakes) => return not_taken(&mistakes),
    };
    match obstacles(root, Path::new(INIT), &policy, held) {
        Ok(found) => line_of(&found),
        Err(error) => unknown(error),
    }
}

/// The initramfs stops there: with such a policy it would be as with none.
fn not_taken(mistakes: &[PolicyError]) -> StatusLine {
    let first = mistakes.first().map(ToString::to_string);
    let reason = format!("/{POLICY}, {}", first.unwrap_or_default());
    StatusLine::not(TOPIC, reason, "dpkg-ima policy check /etc/dpkg-ima/policy")
}

fn line_of(found: &[BootObstacle]) -> StatusLine {
    let reasons: Vec<_> = found.iter().map(ToString::to_string).collect();
    let reason = reasons.join("; ");
    if found.is_empty() {
        let runs = "init, the shell, the loader and the C library would run";
        StatusLine::good(TOPIC, runs)
    } else if found.iter().any(BootObstacle::is_certain) {
        let next = "dpkg-ima keys load, then dpkg-ima relabel; do not enforce while this says not";
        StatusLine::not(TOPIC, reason, next)
    } else {
        let next =
            "put the certificate into /etc/keys/ima, so that signatures can be verified by it";
        StatusLine::unknown(TOPIC, reason, next)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_policy_that_the_kernel_would_not_take_is_one_that_does_not_boot() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let line = |text: &str| {
            fs::create_dir_all(folder.path().join("etc/dpkg-ima")).unwrap();
            fs::write(folder.path().join(POLICY), text).unwrap();
            next_boot(&root, &HeldKeys::default())
        };
        let mistaken = line("appraise func=BPRM_CHECK\nappraise func=BPRM_CHEK\n");
        assert!(would_not_boot(std::slice::from_ref(&mistaken)));
        assert!(
            mistaken.reason.contains("line 2: 'func=BPRM_CHEK'"),
            "{}",
            mistaken.reason
        );
        let well_formed = line("appraise func=BPRM_CHECK\n");
        assert_ne!(well_formed.next, mistaken.next, "{}", well_formed.reason);
    }
}
