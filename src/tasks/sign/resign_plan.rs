//! Which lists and packages are to be signed anew.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::detached::JOURNAL;
use super::error::SignError;
use super::output::Destination;
use super::plan::{SigningJob, SigningPlan};
use crate::contents::OtherFiles;
use crate::format::tree::ListName;
use crate::machine::error::SystemError;
use crate::tasks::tree::{ListTree, lists_in};

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
        carry_over(&ListTree::open(from)?, &tree)?;
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

/// Gives a new tree the journal of the one that it is made from: by it `sign --detached` goes on with the new tree, and
/// reads no package again.
fn carry_over(from: &ListTree, to: &ListTree) -> Result<(), SystemError> {
    let (from, to) = (from.private(JOURNAL), to.private(JOURNAL));
    if to.exists() {
        return Ok(());
    }
    match fs::copy(&from, &to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SystemError::at("copy", &from)(error))
        }
        _ => Ok(()),
    }
}
