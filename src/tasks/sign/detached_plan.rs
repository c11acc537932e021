//! Which lists of a tree are meant: those of the packages that arguments name.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::detached::DetachedLists;
use super::error::SignError;
use super::incremental::digest;
use super::plan::{SigningJob, SigningPlan};
use super::recorded::{FileStamp, Recorded};
use super::view::FolderView;
use crate::contents::control_of;
use crate::format::ima::Digest;
use crate::format::tree::ListName;
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

impl SigningPlan {
    /// Finds the packages, and the place of each in the tree: by the journal, or else by its control file. A package that
    /// is met twice is signed once. Of two that differ and share one place the later is refused.
    ///
    /// Returns the names of their lists too.
    #[must_use]
    pub fn detached(arguments: &[PathBuf], lists: &DetachedLists<'_>) -> (Self, HashSet<ListName>) {
        let recorded = &lists.journal.recorded;
        Self::of_tree(arguments, lists.tree().folder(), recorded)
    }

    /// The same for a tree that is only looked at.
    #[must_use]
    pub fn viewed(arguments: &[PathBuf], tree: &FolderView<ListName>) -> (Self, HashSet<ListName>) {
        Self::of_tree(arguments, tree.folder(), &tree.recorded)
    }

    fn of_tree(
        arguments: &[PathBuf],
        tree: &Path,
        recorded: &Recorded<ListName>,
    ) -> (Self, HashSet<ListName>) {
        let mut plan = Self::default();
        let inputs: Vec<_> = arguments
            .iter()
            .flat_map(|argument| plan.find(argument))
            .collect();
        let located: Vec<_> = inputs
            .into_par_iter()
            .map(|input| (locate(&input, recorded), input))
            .collect();
        let mut inputs = HashMap::new();
        for (located, input) in located {
            let entered = located.and_then(|(name, size)| {
                let output = tree.join(name.path());
                Ok(enter(&mut inputs, name, &input)?.then_some((output, size)))
            });
            match entered {
                Ok(Some((output, size))) => plan.jobs.push(SigningJob {
                    input,
                    output,
                    size,
                }),
                Ok(None) => {}
                Err(error) => plan.refused.push((input, error)),
            }
        }
        (plan, inputs.into_keys().collect())
    }
}

/// The name of a package's list, and the size of the package.
fn locate(input: &Path, recorded: &Recorded<ListName>) -> Result<(ListName, u64), SignError> {
    let metadata = fs::metadata(input).map_err(SystemError::at("open", input))?;
    let file_name = Path::new(input.file_name().unwrap_or(input.as_os_str()));
    let known = recorded.by_stamp(&FileStamp::new(file_name, &metadata));
    let name = match known {
        Some(name) => name.clone(),
        None => ListName::of(&control_of(input)?)?,
    };
    Ok((name, metadata.len()))
}

/// Whether the package is the first of its name; an error if it differs from the one that was.
fn enter(
    inputs: &mut HashMap<ListName, PathBuf>,
    name: ListName,
    input: &Path,
) -> Result<bool, SignError> {
    match inputs.entry(name) {
        Entry::Vacant(place) => {
            place.insert(input.to_owned());
            Ok(true)
        }
        Entry::Occupied(first) if digest_at(first.get())? == digest_at(input)? => Ok(false),
        Entry::Occupied(first) => Err(SignError::Ambiguous(first.get().clone())),
    }
}

fn digest_at(path: &Path) -> Result<Digest, SystemError> {
    let file = open_named(path).map_err(SystemError::at("open", path))?;
    digest(path, &file)
}
