//! Which lists and packages are to be signed anew.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::detached::JOURNAL;
use super::error::SignError;
use super::journal::copy_journal;
use super::output::Destination;
use super::plan::{SigningJob, SigningPlan};
use crate::contents::OtherFiles;
use crate::format::tree::ListName;
use crate::machine::error::SystemError;
use crate::tasks::tree::{ListTree, PrivateFolder, lists_in};

/// The lists of trees that are to be signed anew, and the trees that they are written to.
#[derive(Debug, Default)]
pub struct TreeLists {
    trees: Vec<ListTree>,
    /// By the file that is read: which tree the list goes to, and its name there.
    places: HashMap<PathBuf, (usize, ListName)>,
}

impl SigningPlan {
    /// Finds the lists and the packages beneath the arguments. They go to the folder `output`, trees and pools with their
    /// layout, or else to where they are.
    #[must_use]
    pub fn resign(arguments: &[PathBuf], output: Option<&Path>) -> (Self, TreeLists) {
        let destination = output.map_or(Destination::InPlace, |folder| {
            Destination::Folder(folder.to_owned())
        });
        let mut plan = Self::new(arguments, &destination);
        let mut lists = TreeLists::default();
        let mut outputs = HashSet::new();
        for folder in arguments.iter().filter(|argument| argument.is_dir()) {
            match lists.add(folder, output.unwrap_or(folder)) {
                Ok(jobs) => jobs.into_iter().for_each(|job| {
                    if outputs.insert(job.output.clone()) {
                        plan.jobs.push(job);
                    } else {
                        plan.refused
                            .push((job.input, SignError::Collision(job.output)));
                    }
                }),
                Err(error) => plan.refused.push((folder.clone(), error)),
            }
        }
        if !lists.places.is_empty() {
            // The lists are among them.
            plan.left_out = OtherFiles::default();
        }
        (plan, lists)
    }
}

impl TreeLists {
    /// Takes the lists of one tree in; returns the work.
    fn add(&mut self, from: &Path, to: &Path) -> Result<Vec<SigningJob>, SignError> {
        let names = lists_in(from)?;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        if !to.is_dir() {
            return Err(SignError::NoTree(to.to_owned()));
        }
        let tree = ListTree::open(to)?;
        carry_over(&PrivateFolder::of(from), &tree)?;
        let mut jobs = Vec::new();
        for name in names {
            let input = from.join(name.path());
            let metadata = fs::metadata(&input).map_err(SystemError::at("open", &input))?;
            jobs.push(SigningJob {
                input: input.clone(),
                output: tree.place(&name),
                size: metadata.len(),
            });
            self.places.insert(input, (self.trees.len(), name));
        }
        self.trees.push(tree);
        Ok(jobs)
    }

    /// The tree that the list in that file goes to, and its name; none if it is a package.
    pub(super) fn place(&self, input: &Path) -> Option<(&ListTree, &ListName)> {
        let (tree, name) = self.places.get(input)?;
        Some((self.trees.get(*tree)?, name))
    }
}

/// Gives a new tree the journals of the one that it is made from, whose private folder that is: by them `sign --detached` goes on
/// with the new tree, each shard with its own, and reads no package again. The old tree may be one that we cannot write to.
fn carry_over(from: &Path, to: &ListTree) -> Result<(), SystemError> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(SystemError::at("read", from))?,
    };
    for entry in entries {
        let entry = entry.map_err(SystemError::at("read", from))?;
        let name = entry.file_name();
        let name = name.to_str().filter(|name| is_journal(name));
        if let Some(name) = name.filter(|name| !to.private(name).exists()) {
            copy_journal(&entry.path(), &to.private(name))?;
        }
    }
    Ok(())
}

/// Of the tree, or of a shard: [`own_name`](super::detached::own_name).
fn is_journal(name: &str) -> bool {
    let rest = name.strip_prefix(JOURNAL);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
