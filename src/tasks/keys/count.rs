//! Counts the files that depend on each key by reading labels. Nothing is verified, and no file is read.

use rayon::prelude::*;

use super::dependents::Dependents;
use crate::dpkg::{Database, PackageName};
use crate::format::ima::Label;
use crate::format::imasigs::ByFile;
use crate::labelling::{LabelKey, PackageFiles, Placement};
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::path_opener::PathOpener;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;

/// The files that signature lists name, by the keys that their labels name.
#[derive(Debug, Default)]
pub struct Counted {
    /// The numbers. What a label names is taken for true.
    pub dependents: Dependents,
    /// How many files and lists could not be read.
    pub failures: usize,
    /// The first of them, with the reason.
    pub first_failure: Option<TargetError>,
}

/// Reads the label of every file that the signature list of an installed package names. Lists are read entry by entry, as
/// many at a time as there are cores.
///
/// # Errors
/// If dpkg's database cannot be read.
pub fn count_dependents(root: &Root) -> Result<Counted, SystemError> {
    let (database, placement) = (Database::new(root), Placement::of(root)?);
    let lists = database.lists()?;
    let count = |mut counted: Counted, package: &PackageName| {
        if let Err(error) = add_package(package, &placement, &mut counted) {
            counted.fail(error);
        }
        counted
    };
    let counted = lists
        .par_iter()
        .map(|list| &list.package)
        .fold(Counted::default, count);
    Ok(counted.reduce(Counted::default, Counted::merged))
}

fn add_package(
    package: &PackageName,
    placement: &Placement<'_>,
    counted: &mut Counted,
) -> Result<(), TargetError> {
    // A list that is gone by now has no files.
    let Some(entries) = Database::new(placement.root).entries(package)? else {
        return Ok(());
    };
    let files = PackageFiles::of(package.clone(), placement)?;
    let mut opener = PathOpener::new(placement.root)?;
    for listed in ByFile::new(entries) {
        for place in files.places(listed?.entries().first) {
            match opener.open_file(&place.path) {
                Ok(None) => {}
                Ok(Some((file, _))) => match attribute::read(&file) {
                    Ok(label) => counted.dependents.add(key_of(&label), Some(package)),
                    Err(error) => {
                        let path = placement.root.display(&place.path);
                        counted.fail(SystemError::at("read", &path)(error));
                    }
                },
                Err(error) => counted.fail(error),
            }
        }
    }
    Ok(())
}

const fn key_of(label: &Label) -> Option<LabelKey> {
    match label {
        Label::Signature(signature) => Some(LabelKey {
            id: signature.key_id,
            verifies: true,
        }),
        Label::None | Label::Hash | Label::Malformed(_) => None,
    }
}

impl Counted {
    fn fail(&mut self, error: impl Into<TargetError>) {
        self.failures += 1;
        self.first_failure.get_or_insert_with(|| error.into());
    }

    fn merged(mut self, other: Self) -> Self {
        self.dependents.merge(other.dependents);
        self.failures += other.failures;
        self.first_failure = self.first_failure.or(other.first_failure);
        self
    }
}
