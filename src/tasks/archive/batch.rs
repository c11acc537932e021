//! Which packages are fetched by one call of apt's downloader.

use super::limits::{BATCH_MAX, PACKAGE_MIN};
use super::packages::ArchivePackage;

/// Batches that there is room for.
const AT_A_TIME: u64 = 4;

/// Packages of similar sizes. A server can make each of them as large as the largest, and no larger.
#[derive(Debug)]
pub struct Batch<T> {
    /// The packages, each with what the caller has to say of it.
    pub packages: Vec<(T, ArchivePackage)>,
}

impl<T> Batch<T> {
    /// Most bytes that a file of it may have.
    pub(super) fn file_max(&self) -> u64 {
        let sizes = self
            .packages
            .iter()
            .map(|(_, package)| package.indexed.size);
        sizes.max().unwrap_or(0).max(PACKAGE_MIN)
    }

    /// Most bytes that its files may have. One of them at a time is there twice, while it is copied.
    pub(super) fn size(&self) -> u64 {
        let files = self.packages.len() as u64 + 1;
        self.file_max().saturating_mul(files)
    }
}

/// All packages in batches, the largest first, so that none of these is alone at the end. Several batches have room at a time in
/// `disk` bytes, unless a package alone takes more.
#[must_use]
pub fn batches<T>(mut packages: Vec<(T, ArchivePackage)>, disk: u64) -> Vec<Batch<T>> {
    let most = BATCH_MAX.min(disk / AT_A_TIME);
    packages.sort_by_key(|(_, package)| std::cmp::Reverse(package.indexed.size));
    let mut batches: Vec<Batch<T>> = Vec::new();
    for package in packages {
        match batches.last_mut() {
            Some(last) if last.size() + last.file_max() <= most => last.packages.push(package),
            _ => batches.push(Batch {
                packages: vec![package],
            }),
        }
    }
    batches
}
