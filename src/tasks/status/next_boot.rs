//! What would be refused if the machine booted and enforced.

use std::path::Path;

use super::{Line, NEXT_BOOT};
use crate::format::policy::Policy;
use crate::keys::held::HeldKeys;
use crate::keys::signing::{KeyError, Trust};
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::boot::{POLICY, POLICY_MAX, boot_files, obstacles};
use crate::tasks::verify::verify_file;

/// What any policy of use comes to, where none was chosen yet.
const EVERYONE: &[u8] = b"appraise func=BPRM_CHECK appraise_type=imasig\n\
                          appraise func=MMAP_CHECK mask=MAY_EXEC appraise_type=imasig\n";
const INIT: &str = "/sbin/init";

/// Init, the shell, the loader and the C library: labels, keys and content.
pub(super) fn next_boot(root: &Root) -> Line {
    match refused(root) {
        Ok(refused) if refused.is_empty() => Line::good(
            NEXT_BOOT,
            "init, the shell, the loader and the C library would run",
        ),
        Ok(refused) => Line::not(
            NEXT_BOOT,
            refused.join("; "),
            "load the key, dpkg-ima relabel, and do not enforce before this is good",
        ),
        Err(error) => Line::unknown(NEXT_BOOT, error.to_string(), "run this as root"),
    }
}

fn refused(root: &Root) -> Result<Vec<String>, KeyError> {
    let text = root.read(Path::new(POLICY), POLICY_MAX)?;
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

/// The labels are there and by the right keys. Whether they fit the content, only hashing can tell.
fn altered(root: &Root) -> Result<Vec<String>, KeyError> {
    let trust = Trust::of_root(root)?;
    let mut refused = Vec::new();
    for boot in boot_files(root, Path::new(INIT))? {
        let Ok(path) = root.display(&boot.path).canonicalize() else {
            continue; // It is not there.
        };
        match verify_file(root, &path, &trust) {
            Ok(finding) if finding.verdict.is_fine() => {}
            Ok(finding) => {
                refused.push(format!("'{}': {}", shown(&path), finding.verdict.name()));
            }
            Err(error) => refused.push(format!("'{}': {error}", shown(&path))),
        }
    }
    Ok(refused)
}
