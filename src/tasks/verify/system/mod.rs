//! The whole system: every file that a list names, and every executable file that none names.
//!
//! Neither the lists nor the disk are held in memory. First each list is verified, entry by entry, and
//! the identities of the files that it names are kept; then the disk is walked for executable files
//! with other identities; then those are traced to packages, and verified by themselves. Files have
//! many names, by diversions, hard links and merged /usr, but one identity.

mod listed;
mod owners;
mod unlisted;

use std::ops::ControlFlow;

use nix::sys::statvfs::fstatvfs;

use super::Finding;
use super::installed::Disk;
use crate::dpkg::PackageName;
use crate::keys::signing::Trust;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;
use listed::Lists;
use owners::Owners;
use unlisted::Unlisted;

/// How many files are looked at before the next are read from a list: enough for all cores, and
/// little memory.
const BATCH: usize = 1024;

/// What is said of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemFinding<'a> {
    /// The verdict.
    pub finding: &'a Finding,
    /// Whose it is, if it is a package's.
    pub package: Option<&'a PackageName>,
    /// Whether a list names it.
    pub is_listed: bool,
}

/// What comes of verifying a system, in an order that does not depend on the number of cores.
#[derive(Debug)]
pub enum Told<'a> {
    /// A verdict.
    Found(SystemFinding<'a>),
    /// Something could not be read; the message names it. The rest goes on.
    Trouble(TargetError),
}

/// How far it is. Told by any thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many files are to be looked at for the next reason.
    Stage(&'static str, u64),
    /// So many more were looked at.
    Done(u64),
}

/// Verifies the system. `tell` says whether to go on.
///
/// # Errors
/// If nothing can be told at all: the root or dpkg's database cannot be read.
pub fn verify_system(
    root: &Root,
    trust: &Trust,
    progress: &(dyn Fn(Progress) + Sync),
    tell: &mut dyn FnMut(Told<'_>) -> ControlFlow<()>,
) -> Result<(), TargetError> {
    let disk = Disk::new(root, trust)?;
    let mut hearer = Hearer {
        progress,
        tell,
        has_left: false,
    };
    let lists = Lists::read(&disk, &mut hearer)?;
    let named = lists.verify(&disk, &mut hearer);
    if hearer.has_left {
        return Ok(());
    }
    let stage = Progress::Stage("looking for other programs", files_of(root));
    progress(stage);
    let mut unlisted = Unlisted::find(root, &named, &mut hearer)?;
    drop(named);
    let owners = Owners::find(&disk, &mut unlisted, &mut hearer)?;
    unlisted.verify(&disk, &owners, &mut hearer);
    Ok(())
}

/// Whoever wants to know.
struct Hearer<'a> {
    progress: &'a (dyn Fn(Progress) + Sync),
    tell: &'a mut dyn FnMut(Told<'_>) -> ControlFlow<()>,
    has_left: bool,
}

impl Hearer<'_> {
    fn found(&mut self, finding: SystemFinding<'_>) {
        self.tell(Told::Found(finding));
    }

    fn trouble(&mut self, error: impl Into<TargetError>) {
        self.tell(Told::Trouble(error.into()));
    }

    fn tell(&mut self, told: Told<'_>) {
        self.has_left = self.has_left || (self.tell)(told).is_break();
    }
}

/// How many files the root's filesystem holds; 0 where it does not count them.
fn files_of(root: &Root) -> u64 {
    let folder = root.open_folder("/".as_ref()).ok().flatten();
    let counted = folder.and_then(|folder| fstatvfs(&folder).ok());
    counted.map_or(0, |counted| {
        counted.files().saturating_sub(counted.files_free())
    })
}
