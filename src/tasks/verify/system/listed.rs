//! What the lists name.

use std::sync::mpsc::{self, SyncSender};
use std::thread;

use rayon::prelude::*;

use super::{BATCH, Hearer, Progress, SystemFinding};
use crate::dpkg::{Database, DatabaseError, Entries, PackageName};
use crate::format::imasigs::Entry;
use crate::keys::signing::Checker;
use crate::machine::walk::Identities;
use crate::tasks::target::TargetError;
use crate::tasks::verify::Finding;
use crate::tasks::verify::installed::{Disk, Installed, Looked};

/// The lists that are well-formed.
pub(super) struct Lists {
    packages: Vec<PackageName>,
    entries: u64,
}

impl Lists {
    /// Reads each list once through. It costs little beside the signatures, and so one that is not
    /// well-formed counts for nothing, and not for what stands before its mistake.
    pub(super) fn read(disk: &Disk<'_>, hearer: &mut Hearer<'_>) -> Result<Self, TargetError> {
        let database = Database::new(disk.root);
        let installed = database.lists()?;
        let counted: Vec<_> = installed
            .par_iter()
            .map(|list| count(&database, &list.package))
            .collect();
        let mut lists = Self {
            packages: Vec::new(),
            entries: 0,
        };
        for (list, counted) in installed.into_iter().zip(counted) {
            match counted {
                Ok(entries) => {
                    lists.entries += entries;
                    lists.packages.push(list.package);
                }
                Err(error) => hearer.trouble(error),
            }
        }
        Ok(lists)
    }

    /// Tells the verdict on each file that they name, by package and path, and returns those that are
    /// there.
    pub(super) fn verify(&self, disk: &Disk<'_>, hearer: &mut Hearer<'_>) -> Identities {
        (hearer.progress)(Progress::Stage("files that are listed", self.entries));
        let mut named = Identities::default();
        let mut installed = None;
        let rest = Rest {
            database: Database::new(disk.root),
            packages: self.packages.iter(),
            current: None,
        };
        let progress = hearer.progress;
        thread::scope(|scope| {
            // What was looked at is told while the next is looked at.
            let (sender, receiver) = mpsc::sync_channel(1);
            scope.spawn(move || look_at_all(rest, disk, progress, &sender));
            for looked in receiver.into_iter().flatten() {
                if let Err(error) = judge(looked, disk, &mut installed, &mut named, hearer) {
                    hearer.trouble(error);
                }
                if hearer.has_left {
                    break;
                }
            }
        });
        named
    }
}

fn count(database: &Database<'_>, package: &PackageName) -> Result<u64, DatabaseError> {
    let mut count = 0;
    for entry in database.entries(package)?.into_iter().flatten() {
        entry?;
        count += 1;
    }
    Ok(count)
}

/// An entry that is to be looked at.
type Task<'a> = (&'a PackageName, Result<Entry, DatabaseError>);
/// One that was.
type Done<'a> = (&'a PackageName, Result<(Entry, Looked), TargetError>);

/// Until all is, or nobody listens any more.
fn look_at_all<'a>(
    mut rest: Rest<'a>,
    disk: &Disk<'_>,
    progress: &(dyn Fn(Progress) + Sync),
    sender: &SyncSender<Vec<Done<'a>>>,
) {
    let mut batch = rest.batch();
    while !batch.is_empty() {
        let look = || look_at(batch, disk, progress);
        let (next, looked) = rayon::join(|| rest.batch(), look);
        if sender.send(looked).is_err() {
            return;
        }
        batch = next;
    }
}

fn look_at<'a>(
    batch: Vec<Task<'a>>,
    disk: &Disk<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Vec<Done<'a>> {
    let look = |checker: &mut Checker<'_>, (package, entry): Task<'a>| {
        let looked = entry.map_err(TargetError::from).and_then(|entry| {
            let looked = disk.look(package, &entry, checker)?;
            Ok((entry, looked))
        });
        progress(Progress::Done(1));
        (package, looked)
    };
    let tasks = batch.into_par_iter();
    tasks.map_init(|| disk.trust.checker(), look).collect()
}

fn judge<'a>(
    (package, looked): Done<'a>,
    disk: &'a Disk<'a>,
    installed: &mut Option<Installed<'a>>,
    named: &mut Identities,
    hearer: &mut Hearer<'_>,
) -> Result<(), TargetError> {
    let (entry, looked) = looked?;
    installed.take_if(|installed| installed.name != package);
    let installed = installed.get_or_insert_with(|| Installed::new(disk, package));
    let verdict = installed.judge(&entry, &looked)?;
    if let Some(identity) = looked.identity(verdict) {
        named.insert(identity);
    }
    hearer.found(SystemFinding {
        finding: &Finding {
            path: looked.path(),
            verdict,
        },
        package: Some(package).filter(|package| !package.is_unpacking()),
        is_listed: true,
    });
    Ok(())
}

/// What was not read yet.
struct Rest<'a> {
    database: Database<'a>,
    packages: std::slice::Iter<'a, PackageName>,
    current: Option<(&'a PackageName, Entries)>,
}

impl<'a> Rest<'a> {
    fn batch(&mut self) -> Vec<Task<'a>> {
        self.take(BATCH).collect()
    }
}

impl<'a> Iterator for Rest<'a> {
    type Item = Task<'a>;

    fn next(&mut self) -> Option<Task<'a>> {
        loop {
            if let Some((package, entries)) = &mut self.current
                && let Some(entry) = entries.next()
            {
                return Some((package, entry));
            }
            let package = self.packages.next()?;
            match self.database.entries(package) {
                Ok(entries) => self.current = entries.map(|entries| (package, entries)),
                // Replaced since it was counted.
                Err(error) => {
                    self.current = None;
                    return Some((package, Err(error)));
                }
            }
        }
    }
}
