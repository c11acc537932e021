//! The files that lists name.

use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use rayon::prelude::*;

use super::report::{Advance, Reporter, SystemFinding};
use super::unread::{UnreadFiles, UnverifiedFile};
use crate::dpkg::{Database, DatabaseError, PackageName};
use crate::format::imasigs::ByFile;
use crate::keys::signing::Trust;
use crate::labelling::{PackageFiles, Placement};
use crate::machine::walk::Identities;
use crate::tasks::target::TargetError;
use crate::tasks::verify::installed::{EntryVerifier, ListedFinding};

/// Reports the verdict on each file that lists name, by package and path, and returns the files that are there.
pub(super) fn verify_listed(
    placement: &Placement<'_>,
    trust: &Trust,
    reporter: &mut Reporter<'_>,
) -> Result<Identities, TargetError> {
    let (packages, files) = count_files(&Database::new(placement.root), reporter)?;
    let progress = reporter.progress;
    progress(Advance::Stage("files that are listed", files));
    let unread = UnreadFiles::of(&packages, placement);
    let mut named = Identities::default();
    thread::scope(|scope| {
        // One batch is reported while the next is verified.
        let (sender, receiver) = mpsc::sync_channel(1);
        scope.spawn(move || verify_all(unread, trust, progress, &sender));
        for verified in receiver.into_iter().flatten() {
            match verified {
                Ok((files, findings)) => report(&files, &findings, &mut named, reporter),
                Err(error) => reporter.trouble(error),
            }
            if reporter.has_left {
                break;
            }
        }
    });
    Ok(named)
}

/// The packages whose lists are well-formed, and how many files those name.
///
/// Each list is read once through. It costs little beside the signatures, and so a list that is not well-formed counts
/// for nothing, and not for what stands before its mistake.
fn count_files(
    database: &Database<'_>,
    reporter: &mut Reporter<'_>,
) -> Result<(Vec<PackageName>, u64), TargetError> {
    let installed = database.lists()?;
    let counts = installed.par_iter();
    let counts = counts.map(|list| files_of(database, &list.package));
    let counts: Vec<_> = counts.collect();
    let (mut packages, mut total) = (Vec::new(), 0);
    for (list, count) in installed.into_iter().zip(counts) {
        match count {
            Ok(files) => {
                total += files;
                packages.push(list.package);
            }
            Err(error) => reporter.trouble(error),
        }
    }
    Ok((packages, total))
}

fn files_of(database: &Database<'_>, package: &PackageName) -> Result<u64, DatabaseError> {
    let entries = database.entries(package)?.into_iter().flatten();
    ByFile::new(entries).try_fold(0, |count, file| file.map(|_| count + 1))
}

/// The verdicts on a file that a list names, at each of its places.
type Verified<'a> = Result<(Arc<PackageFiles<'a>>, Vec<ListedFinding>), TargetError>;

/// Sends batch after batch, until nothing is left or nobody receives any more.
fn verify_all<'a>(
    mut unread: UnreadFiles<'a>,
    trust: &Trust,
    progress: &(dyn Fn(Advance) + Sync),
    sender: &SyncSender<Vec<Verified<'a>>>,
) {
    let root = unread.root();
    let verify = |verifier: &mut EntryVerifier<'_>, listed: UnverifiedFile<'a>| {
        let verified = listed.and_then(|(files, listed)| {
            let findings = verifier.verify(&files, listed.entries())?;
            Ok((files, findings))
        });
        progress(Advance::Done(1));
        verified
    };
    let mut batch = unread.batch();
    while !batch.is_empty() {
        let verify_batch = || {
            let files = batch.into_par_iter();
            let verified = files.map_init(|| EntryVerifier::new(root, trust), verify);
            verified.collect()
        };
        let (next, verified) = rayon::join(|| unread.batch(), verify_batch);
        if sender.send(verified).is_err() {
            return;
        }
        batch = next;
    }
}

fn report(
    files: &PackageFiles<'_>,
    findings: &[ListedFinding],
    named: &mut Identities,
    reporter: &mut Reporter<'_>,
) {
    for ListedFinding { finding, identity } in findings {
        if let Some(identity) = *identity {
            named.insert(identity);
        }
        reporter.found(SystemFinding {
            finding,
            package: Some(&files.package).filter(|package| !package.is_unpacking()),
            is_listed: true,
        });
    }
}
