//! A list without its package: whether its signatures verify.

use std::path::Path;

use super::deb::finding;
use super::finding::Finding;
use crate::keys::signing::Trust;
use crate::labelling::{LabelCheck, Standing};
use crate::tasks::target::TargetError;
use crate::tasks::tree::read_list;

/// The verdicts on the signatures of a list in a file of a tree, each over the digest that the list gives.
///
/// # Errors
/// If it cannot be read, or is no list.
pub fn verify_list(path: &Path, trust: &Trust) -> Result<Vec<Finding>, TargetError> {
    let mut checker = trust.checker();
    let list = read_list(path)?;
    let findings = list.entries().iter().map(|entry| {
        let check = checker.check(&entry.signature, &entry.digest);
        let label = LabelCheck::Listed(entry.signature.key_id, check);
        finding(&entry.path, Standing::Listed, label)
    });
    Ok(findings.collect())
}
