//! Exchanges the signatures of lists, of trees and of packages.

use super::error::SignError;
use super::key_exchange::KeyExchange;
use super::package::Signed;
use super::plan::SigningJob;
use super::resign_plan::TreeLists;
use super::written::Writing;
use crate::contents::OpenDeb;
use crate::format::deb::Voided;
use crate::format::imasigs::List;
use crate::format::tree::ListName;
use crate::tasks::tree::{ListTree, read_list};

/// Signs lists anew, of trees and of packages.
pub struct Resigner<'a> {
    exchange: KeyExchange<'a>,
    lists: TreeLists,
    voided: Voided,
}

impl<'a> Resigner<'a> {
    /// `lists` are of the plan whose jobs are to be done.
    #[must_use]
    pub const fn new(exchange: KeyExchange<'a>, lists: TreeLists, voided: Voided) -> Self {
        Self {
            exchange,
            lists,
            voided,
        }
    }

    /// Signs a list or a package anew; none if it is there as it would become.
    ///
    /// # Errors
    /// If it has no list, one that cannot be read, or a signature by another key; if a digest cannot be signed, or the
    /// output not be written. Then nothing was changed.
    pub(super) fn resign(&self, job: &SigningJob) -> Result<Option<Signed>, SignError> {
        match self.lists.place(&job.input) {
            Some((tree, name)) => self.resign_list(job, tree, name),
            None => self.resign_package(job),
        }
    }

    fn resign_list(
        &self,
        job: &SigningJob,
        tree: &ListTree,
        name: &ListName,
    ) -> Result<Option<Signed>, SignError> {
        let there = tree.read(name).unwrap_or_default();
        let list = read_list(&job.input)?;
        let signed = self.exchange.exchange(&list, &there)?;
        if signed.list == there && job.output.exists() {
            return Ok(None);
        }
        tree.write(name, &signed.list)?;
        Ok(Some(Signed::of_list(&signed, None)))
    }

    fn resign_package(&self, job: &SigningJob) -> Result<Option<Signed>, SignError> {
        let writing = Writing::examine(job, self.voided)?;
        let package = OpenDeb::at(&job.input)?;
        let list = package.control.list()?.ok_or(SignError::NoList)?;
        let signed = self.exchange.exchange(&list, &List::default())?;
        if signed.list == list && job.is_in_place() {
            return Ok(None);
        }
        let written = writing.write(package, Some(&signed.list), |_| Ok(()))?;
        Ok(Some(Signed::new(&signed, written)))
    }
}
