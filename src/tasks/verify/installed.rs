//! An installed package: its list against the disk.

use super::finding::Finding;
use crate::dpkg::{Database, PackageName};
use crate::format::imasigs::{ByFile, Entry, FileEntries};
use crate::keys::signing::{Check, Checker, Trust};
use crate::labelling::{
    LabelCheck, OnDisk, PackageFiles, Place, Placement, Standing, Verdict, check_listed,
    check_without_label,
};
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;
use crate::machine::root::Root;
use crate::machine::walk::Identity;
use crate::tasks::target::TargetError;

/// The verdicts on all files that a package's list names, sorted by the entries' paths; none if it has no list.
///
/// # Errors
/// If its list is not well-formed, or a file cannot be read.
pub fn verify_installed(
    root: &Root,
    package: &PackageName,
    trust: &Trust,
) -> Result<Option<Vec<Finding>>, TargetError> {
    let Some(entries) = Database::new(root).entries(package)? else {
        return Ok(None);
    };
    let placement = Placement::of(root)?;
    let files = PackageFiles::of(package.clone(), &placement)?;
    let mut verifier = EntryVerifier::new(root, trust);
    let mut findings = Vec::new();
    for listed in ByFile::new(entries) {
        let found = verifier.verify(&files, listed?.entries())?;
        findings.extend(found.into_iter().map(|found| found.finding));
    }
    Ok(Some(findings))
}

/// The verdict on a file that a list names.
pub(super) struct ListedFinding {
    pub(super) finding: Finding,
    /// The file on disk, if it is the one that the list names.
    pub(super) identity: Option<Identity>,
}

/// Verifies the files that lists name. Each thread has its own, as a checker and open folders are not shared.
pub(super) struct EntryVerifier<'a> {
    root: &'a Root,
    checker: Checker<'a>,
    /// Made when the first file is opened: making it may fail.
    opener: Option<PathOpener<'a>>,
}

/// What lies at a place of an entry.
struct Found {
    place: Place,
    on_disk: OnDisk,
    label: LabelCheck,
    identity: Option<Identity>,
}

impl<'a> EntryVerifier<'a> {
    pub(super) const fn new(root: &'a Root, trust: &'a Trust) -> Self {
        Self {
            root,
            checker: trust.checker(),
            opener: None,
        }
    }

    /// The verdict on each place that is the file's, such as a conffile's and the one beside it; on the first place if none
    /// is.
    pub(super) fn verify(
        &mut self,
        files: &PackageFiles<'_>,
        listed: FileEntries<'_>,
    ) -> Result<Vec<ListedFinding>, SystemError> {
        let entry = listed.first;
        let mut findings = Vec::new();
        let mut nowhere = None;
        for place in files.places(entry) {
            let found = self.look(place, listed)?;
            let standing = found.standing(files, entry)?;
            let finding = found.finding(standing);
            match standing {
                Standing::OfAnother => nowhere = nowhere.or(Some(finding)),
                _ => findings.push(finding),
            }
        }
        if findings.is_empty() {
            findings.extend(nowhere);
        }
        Ok(findings)
    }

    fn look(&mut self, place: Place, listed: FileEntries<'_>) -> Result<Found, SystemError> {
        let opener = match &mut self.opener {
            Some(opener) => opener,
            unmade => unmade.insert(PathOpener::new(self.root)?),
        };
        let Some((file, stat)) = opener.open_file(&place.path)? else {
            return Ok(Found {
                place,
                on_disk: OnDisk::Nothing,
                label: check_without_label(listed, &mut self.checker),
                identity: None,
            });
        };
        let size = stat.st_size.unsigned_abs();
        let checked = check_listed(&file, size, listed, &mut self.checker);
        let (on_disk, label) =
            checked.map_err(SystemError::at("read", &self.root.display(&place.path)))?;
        Ok(Found {
            place,
            on_disk,
            label,
            identity: Some(Identity::from(&stat)),
        })
    }
}

impl Found {
    fn standing(&self, files: &PackageFiles<'_>, entry: &Entry) -> Result<Standing, SystemError> {
        // Where all is well, dpkg's file list need not be read.
        if let (OnDisk::Listed, LabelCheck::Listed(_, Check::Valid)) = (self.on_disk, self.label) {
            return Ok(Standing::Listed);
        }
        files.standing(entry, &self.place, self.on_disk)
    }

    fn finding(self, standing: Standing) -> ListedFinding {
        let verdict = Verdict::of(standing, self.label);
        let path = self.place.path.as_os_str().as_encoded_bytes();
        ListedFinding {
            finding: Finding {
                path: [b"/", path].concat(),
                verdict,
                key: self.label.key(),
            },
            identity: self.identity.filter(|_| verdict != Verdict::Excluded),
        }
    }
}
