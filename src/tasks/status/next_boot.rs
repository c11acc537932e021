//! Whether the machine would boot if it enforced.

use std::path::Path;

use super::line::{Readiness, StatusLine};
use super::topic::Topic;
use crate::format::policy::Policy;
use crate::keys::held::HeldKeys;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::boot::{BootObstacle, obstacles, read_policy};

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
    let found = match would_be_refused(root, held) {
        Ok(found) => found,
        Err(error) => return StatusLine::unknown(TOPIC, error.to_string(), "run this as root"),
    };
    let reasons: Vec<_> = found.iter().map(ToString::to_string).collect();
    let reason = reasons.join("; ");
    if found.is_empty() {
        let runs = "init, the shell, the loader and the C library would run";
        StatusLine::good(TOPIC, runs)
    } else if found.iter().any(BootObstacle::is_certain) {
        let next = "load the key, dpkg-ima relabel, and do not enforce before this is good";
        StatusLine::not(TOPIC, reason, next)
    } else {
        let next =
            "put the certificate into /etc/keys/ima, so that signatures can be verified by it";
        StatusLine::unknown(TOPIC, reason, next)
    }
}

fn would_be_refused(root: &Root, held: &HeldKeys) -> Result<Vec<BootObstacle>, SystemError> {
    let text = read_policy(root)?;
    let chosen = text.and_then(|text| Policy::parse(&text).ok());
    let policy = chosen
        .or_else(|| Policy::parse(EVERYONE).ok())
        .unwrap_or_default();
    obstacles(root, Path::new(INIT), &policy, held)
}
