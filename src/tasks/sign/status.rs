//! `dpkg-ima sign --status`: adds up what an output folder has of all packages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::error::SignError;
use super::made::Made;
use super::plan::SigningJob;
use super::view::{FolderView, OutputState};
use crate::format::ima::KeyId;
use crate::format::tree::ListName;
use crate::keys::signing::{Checker, Trust};
use crate::tasks::archive::ArchivePackage;

/// What there is, and what is to be made.
#[derive(Debug, Default)]
pub struct FolderStatus {
    /// Packages whose output is up to date.
    pub up_to_date: usize,
    /// Bytes of these packages.
    pub package_bytes: u64,
    /// Bytes that carry their lists.
    pub list_bytes: u64,
    /// How many of them were signed by each key.
    pub keys: BTreeMap<KeyId, usize>,
    /// Where something is missing or stale, sorted.
    pub to_make: Vec<(String, OutputState)>,
    /// Packages that could not be read.
    pub failed: Vec<(PathBuf, SignError)>,
}

impl<M: Made> FolderView<M> {
    /// Compares the folder with packages that are here. With certificates, only what their keys have signed is up to date.
    /// `done` is called for each package, by several threads.
    #[must_use]
    pub fn status(
        &self,
        jobs: &[SigningJob],
        keys: Option<&Trust>,
        done: impl Fn() + Sync,
    ) -> FolderStatus {
        add_up(jobs, keys, |job, keys| {
            let state = self.state_of(job, keys);
            done();
            match state {
                Ok(state) => Ok((self.place(job), job.size, state)),
                Err(error) => Err((job.input.clone(), error)),
            }
        })
    }
}

impl FolderView<ListName> {
    /// The same with packages of an archive, by what their index says.
    #[must_use]
    pub fn status_of_archive(
        &self,
        packages: &[ArchivePackage],
        keys: Option<&Trust>,
        done: impl Fn() + Sync,
    ) -> FolderStatus {
        add_up(packages, keys, |package, keys| {
            let indexed = &package.indexed;
            let state = self.state_of_indexed(indexed, keys);
            done();
            Ok((indexed.name.path(), indexed.size, state))
        })
    }
}

/// A package's place, its size and its state; or its file, and why that could not be read.
type Looked = Result<(String, u64, OutputState), (PathBuf, SignError)>;

fn add_up<T: Sync>(
    meant: &[T],
    keys: Option<&Trust>,
    look: impl Fn(&T, Option<&mut Checker<'_>>) -> Looked + Sync,
) -> FolderStatus {
    let looked = meant.par_iter().map_init(
        || keys.map(Trust::checker),
        |keys, meant| look(meant, keys.as_mut()),
    );
    let looked: Vec<_> = looked.collect();
    let mut status = FolderStatus::default();
    for looked in looked {
        match looked {
            Ok((place, size, state)) => status.add(place, size, state),
            Err(failed) => status.failed.push(failed),
        }
    }
    status.to_make.sort_by(|one, other| one.0.cmp(&other.0));
    status
}

impl FolderStatus {
    /// How many packages lack an output.
    #[must_use]
    pub fn missing(&self) -> usize {
        let missing = |to_make: &&(String, OutputState)| to_make.1 == OutputState::Missing;
        self.to_make.iter().filter(missing).count()
    }

    fn add(&mut self, place: String, size: u64, state: OutputState) {
        match state {
            OutputState::UpToDate { key, bytes } => {
                self.up_to_date += 1;
                self.package_bytes += size;
                self.list_bytes += bytes;
                if let Some(key) = key {
                    *self.keys.entry(key).or_default() += 1;
                }
            }
            state => self.to_make.push((place, state)),
        }
    }
}
