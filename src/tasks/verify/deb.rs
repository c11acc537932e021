//! A .deb: each entry of its list against its contents, and the executable files that the list lacks.

use std::collections::HashMap;
use std::path::Path;

use super::finding::Finding;
use crate::contents::{self, HashedContent, HashedFile, OpenDeb, Selection, Wanted};
use crate::format::deb::Control;
use crate::format::ima::HashAlgorithm;
use crate::format::imasigs::{Entry, List};
use crate::format::package_path::PackagePath;
use crate::keys::signing::Trust;
use crate::labelling::{LabelCheck, Standing, Verdict, check_list};
use crate::tasks::target::TargetError;

/// For files that no list names, whose digests are not compared.
const DEFAULT_ALGORITHM: HashAlgorithm = HashAlgorithm::Sha256;

/// The verdicts on all files of a .deb that are signed or, being executable, should be; sorted by path.
///
/// # Errors
/// If the .deb cannot be read or is not well-formed.
pub fn verify_deb(path: &Path, trust: &Trust) -> Result<Vec<Finding>, TargetError> {
    let mut package = OpenDeb::at(path)?;
    let list = package.control.list()?.unwrap_or_default();

    let wanted = Wanted {
        selection: Selection::Executable,
        algorithm: DEFAULT_ALGORITHM,
        listed: &list,
    };
    let mut found = listed_scripts(&package.control, &list);
    found.extend(contents::files(&mut package, wanted, |_| ())?);
    Ok(compare(&list, found, trust))
}

/// The maintainer scripts, each hashed by its entry's algorithm.
fn listed_scripts(control: &Control, list: &List) -> Vec<HashedFile> {
    let hashed = HashAlgorithm::ALL.map(|algorithm| contents::scripts(control, algorithm));
    let right = |found: &HashedFile| {
        let listed = list.get(&found.path);
        let algorithm = listed.map_or(DEFAULT_ALGORITHM, |listed| listed.first.digest.algorithm());
        found.content.digest.algorithm() == algorithm
    };
    hashed.into_iter().flatten().filter(right).collect()
}

fn compare(list: &List, found: Vec<HashedFile>, trust: &Trust) -> Vec<Finding> {
    let found: HashMap<PackagePath, HashedContent> = found
        .into_iter()
        .map(|found| (found.path, found.content))
        .collect();
    let unlisted = found.keys().filter(|path| list.get(path).is_none());
    let mut findings: Vec<Finding> = unlisted
        .map(|path| finding(path, Standing::Listed, LabelCheck::Unsigned))
        .collect();
    let mut checker = trust.checker();
    for listed in list.files() {
        let entry = listed.first;
        let standing = match found.get(&entry.path) {
            None => Standing::Missing,
            Some(content) if is_of(entry, content) => Standing::Listed,
            // Nobody has changed a conffile in a package.
            Some(_) => Standing::Altered,
        };
        let label = check_list(listed, &mut checker);
        findings.push(finding(&entry.path, standing, label));
    }
    findings.sort_by(|a, b| a.path.cmp(&b.path));
    findings
}

fn is_of(entry: &Entry, content: &HashedContent) -> bool {
    entry.size == content.size && entry.digest == content.digest
}

pub(super) fn finding(path: &PackagePath, standing: Standing, label: LabelCheck) -> Finding {
    Finding {
        path: [b"./", path.as_bytes()].concat(),
        verdict: Verdict::of(standing, label),
        key: label.key(),
    }
}
