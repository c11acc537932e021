//! Whether the machine would boot if it enforced.

use std::path::Path;

use super::line::{Readiness, StatusLine};
use crate::format::policy::Policy;
use crate::keys::held::HeldKeys;
use crate::keys::signing::{KeyError, Trust};
use crate::labelling::verdict_on_file;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::boot::{boot_files, obstacles, read_policy};

/// The rules that any useful policy has, for machines where none was chosen yet.
const EVERYONE: &[u8] = b"appraise func=BPRM_CHECK appraise_type=imasig\n\
                          appraise func=MMAP_CHECK mask=MAY_EXEC appraise_type=imasig\n";
const INIT: &str = "/sbin/init";
const TOPIC: &str = "next boot";

/// Whether enforcing now would refuse a file without which the machine does not boot.
#[must_use]
pub fn would_not_boot(lines: &[StatusLine]) -> bool {
    let boots = |line: &StatusLine| line.topic == TOPIC && line.readiness == Readiness::Not;
    lines.iter().any(boots)
}

/// Holds init, the shell, the loader and the C library against the policy: labels, keys and content.
pub(super) fn next_boot(root: &Root) -> StatusLine {
    match refused(root) {
        Ok(refused) if refused.is_empty() => StatusLine::good(
            TOPIC,
            "init, the shell, the loader and the C library would run",
        ),
        Ok(refused) => StatusLine::not(
            TOPIC,
            refused.join("; "),
            "load the key, dpkg-ima relabel, and do not enforce before this is good",
        ),
        Err(error) => StatusLine::unknown(TOPIC, error.to_string(), "run this as root"),
    }
}

fn refused(root: &Root) -> Result<Vec<String>, KeyError> {
    let text = read_policy(root)?;
    let chosen = text.and_then(|text| Policy::parse(&text).ok());
    let policy = chosen
        .or_else(|| Policy::parse(EVERYONE).ok())
        .unwrap_or_default();
    let held = HeldKeys::of_system(root);
    let found = obstacles(root, Path::new(INIT), &policy, &held)?;
    if !found.is_empty() {
        return Ok(found.iter().map(ToString::to_string).collect());
    }
    if !policy.demands_signatures() {
        return Ok(Vec::new());
    }
    altered(root)
}

/// Hashes the files, whose labels are there and by held keys, and verifies the labels.
fn altered(root: &Root) -> Result<Vec<String>, KeyError> {
    let trust = Trust::of_root(root)?;
    let mut refused = Vec::new();
    for boot in boot_files(root, Path::new(INIT))? {
        let Ok(path) = root.display(&boot.path).canonicalize() else {
            continue; // It is not there.
        };
        match verdict_on_file(root, &path, &trust) {
            Ok(Some(verdict)) if verdict.is_fine() => {}
            Ok(Some(verdict)) => refused.push(format!("'{}': {}", shown(&path), verdict.name())),
            Ok(None) => refused.push(format!(
                "'{}': no such file, or no regular one",
                shown(&path)
            )),
            Err(error) => refused.push(format!("'{}': {error}", shown(&path))),
        }
    }
    Ok(refused)
}
