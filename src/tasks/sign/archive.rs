//! Makes the lists of an archive's packages, some of which are fetched while others are signed.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::detached::{DetachedLists, own_name};
use super::error::SignError;
use super::listener::Listener;
use super::package::Signed;
use super::plan::{SigningJob, SigningPlan};
use super::results::Results;
use crate::contents::OpenDeb;
use crate::format::ima::Digest;
use crate::format::packages_index::IndexedPackage;
use crate::format::text::Text;
use crate::format::tree::ListName;
use crate::tasks::archive::{ArchivePackage, Batch, Download, Downloads, Shard};

/// Calls of apt's downloader at a time: one may wait for room or for a slow server.
const FETCHERS: usize = 2;
/// Packages that have been fetched and wait to be signed, at most. Their room is limited too.
const AHEAD: usize = 64;

/// Under this name a tree has the folder for apt's state.
const APT: &str = "apt";

/// A package on its way: its job, with its URI as input, and what the index says of it.
type Wanted = (SigningJob, ArchivePackage);

/// The jobs for packages of an archive, in their order, with their URIs as inputs.
#[must_use]
pub fn archive_plan(packages: &[ArchivePackage], lists: &DetachedLists<'_>) -> SigningPlan {
    let job = |package: &ArchivePackage| SigningJob {
        input: PathBuf::from(package.uri()),
        output: lists.tree().place(&package.indexed.name),
        size: package.indexed.size,
    };
    SigningPlan {
        jobs: packages.iter().map(job).collect(),
        ..SigningPlan::default()
    }
}

/// Makes the lists of packages; `jobs` are those of [`archive_plan`]. A package whose list was made of that very content is
/// neither fetched nor read. Goes on when one fails.
pub fn run_archive(
    jobs: Vec<SigningJob>,
    packages: Vec<ArchivePackage>,
    downloads: &Downloads<'_>,
    lists: &DetachedLists<'_>,
    listener: &dyn Listener,
) {
    let wanted: Vec<Wanted> = jobs.into_iter().zip(packages).collect();
    let outdated = wanted.into_par_iter().filter(|(job, package)| {
        let up_to_date = lists.is_made_of(&package.indexed);
        if up_to_date {
            listener.is_up_to_date(job);
        }
        !up_to_date
    });
    let mut batches = downloads.batches(outdated.collect());
    // The largest come first off the end.
    batches.reverse();
    let threads = rayon::current_num_threads();
    let batches = Mutex::new(batches);
    let results = Results::new(listener);
    let (fetched, to_sign) = sync_channel(AHEAD);
    let to_sign = Mutex::new(to_sign);
    thread::scope(|scope| {
        for _ in 0..FETCHERS {
            let (fetched, batches, results) = (fetched.clone(), &batches, &results);
            scope.spawn(move || fetch_all(batches, downloads, &fetched, results));
        }
        drop(fetched);
        for _ in 0..threads {
            scope.spawn(|| sign_all(&to_sign, lists, &results));
        }
    });
    results.finish();
}

fn fetch_all<'a>(
    batches: &Mutex<Vec<Batch<SigningJob>>>,
    downloads: &'a Downloads<'_>,
    fetched: &SyncSender<(Wanted, Result<Download<'a>, Text>)>,
    results: &Results<'_>,
) {
    let next = || batches.lock().unwrap_or_else(PoisonError::into_inner).pop();
    while let Some(batch) = next() {
        if results.leaves(batch.packages.len()) {
            continue;
        }
        let downloads: Vec<_> = match downloads.fetch(&batch) {
            Ok(downloads) => downloads.into_iter().map(Ok).collect(),
            Err(error) => batch
                .packages
                .iter()
                .map(|_| Err(Text::of(&error)))
                .collect(),
        };
        for package in batch.packages.into_iter().zip(downloads) {
            if fetched.send(package).is_err() {
                return;
            }
        }
    }
}

fn sign_all(
    to_sign: &Mutex<Receiver<(Wanted, Result<Download<'_>, Text>)>>,
    lists: &DetachedLists<'_>,
    results: &Results<'_>,
) {
    let receiver = || to_sign.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || receiver().recv();
    while let Ok(((job, package), download)) = next() {
        if !results.leaves(1) {
            results.take(&job, lists.make_fetched(&job, &package.indexed, &download));
        }
    }
}

impl DetachedLists<'_> {
    /// Whether the tree has the list, made of a package with that content.
    fn is_made_of(&self, package: &IndexedPackage) -> bool {
        let place = package.name.path();
        let made = self.journal.recorded.by_content(&package.digest, &place);
        made.is_some_and(|name| self.has(name))
    }

    /// The folder for apt's state.
    #[must_use]
    pub fn apt_folder(&self, shard: Option<Shard>) -> PathBuf {
        self.tree().private(&own_name(APT, shard))
    }

    fn make_fetched(
        &self,
        job: &SigningJob,
        package: &IndexedPackage,
        download: &Result<Download<'_>, Text>,
    ) -> Result<Option<Signed>, SignError> {
        let file = download
            .as_ref()
            .and_then(|download| download.file.as_ref());
        let file = file.map_err(|reason| SignError::NotFetched(reason.clone()))?;
        let fetched = SigningJob {
            input: file.clone(),
            ..job.clone()
        };
        self.make_if(&fetched, |opened, digest| check(opened, digest, package))
    }
}

/// SECURITY: what is signed is what the index describes, by the digest of the open file, which is a copy that only we write; so
/// nothing that lies on the disk between fetching and signing is trusted. No package takes the place of another's list.
fn check(opened: &OpenDeb, digest: &Digest, package: &IndexedPackage) -> Result<(), SignError> {
    let same = *digest == package.digest && ListName::of(&opened.control)? == package.name;
    same.then_some(()).ok_or(SignError::NotIndexed)
}
