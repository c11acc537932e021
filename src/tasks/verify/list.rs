//! A list without its package: whether its signatures verify.

use std::path::Path;

use super::deb::finding;
use super::finding::Finding;
use crate::keys::signing::Trust;
use crate::labelling::{Standing, check_list};
use crate::tasks::target::TargetError;
use crate::tasks::tree::read_list;

/// The verdicts on the files of a list in a tree, by their signatures over the digests that the list gives.
///
/// # Errors
/// If it cannot be read, or is no list.
pub fn verify_list(path: &Path, trust: &Trust) -> Result<Vec<Finding>, TargetError> {
    let mut checker = trust.checker();
    let list = read_list(path)?;
    let findings = list.files().map(|listed| {
        let label = check_list(listed, &mut checker);
        finding(&listed.first.path, Standing::Listed, label)
    });
    Ok(findings.collect())
}
