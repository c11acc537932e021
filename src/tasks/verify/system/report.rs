//! What the caller of `verify_system` receives.

use std::ops::ControlFlow;

use crate::dpkg::PackageName;
use crate::tasks::target::TargetError;
use crate::tasks::verify::Finding;

/// The number of files that are verified before they are reported: enough for all cores, and little memory.
pub(super) const BATCH: usize = 1024;

/// The verdict on one file of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemFinding<'a> {
    /// The file and the verdict.
    pub finding: &'a Finding,
    /// The package that has the file, if one has.
    pub package: Option<&'a PackageName>,
    /// Whether a signature list names the file.
    pub is_listed: bool,
}

/// One result of verifying a system. The order does not depend on the number of cores.
#[derive(Debug)]
pub enum SystemEvent<'a> {
    /// The verdict on a file.
    Found(SystemFinding<'a>),
    /// A list or file that could not be read; the message names it. The verification goes on.
    Trouble(TargetError),
}

/// How far the verification is. Comes from several threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The next stage, by its name, and the number of files that it has; 0 if that is not known.
    Stage(&'static str, u64),
    /// So many more files of the stage are done.
    Done(u64),
}

/// Passes results on to the caller, until the caller breaks off.
pub(super) struct Reporter<'a> {
    pub(super) progress: &'a (dyn Fn(Advance) + Sync),
    pub(super) tell: &'a mut dyn FnMut(SystemEvent<'_>) -> ControlFlow<()>,
    pub(super) has_left: bool,
}

impl Reporter<'_> {
    pub(super) fn found(&mut self, finding: SystemFinding<'_>) {
        self.tell(SystemEvent::Found(finding));
    }

    pub(super) fn trouble(&mut self, error: impl Into<TargetError>) {
        self.tell(SystemEvent::Trouble(error.into()));
    }

    fn tell(&mut self, told: SystemEvent<'_>) {
        self.has_left = self.has_left || (self.tell)(told).is_break();
    }
}
