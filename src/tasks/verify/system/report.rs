//! What the caller of a verification receives.

use std::ops::ControlFlow;

use crate::dpkg::PackageName;
use crate::tasks::target::TargetError;
use crate::tasks::verify::Finding;

/// How many files are looked at before the next are read from a list: enough for all cores, and
/// little memory.
pub(super) const BATCH: usize = 1024;

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
pub enum SystemEvent<'a> {
    /// A verdict.
    Found(SystemFinding<'a>),
    /// Something could not be read; the message names it. The rest goes on.
    Trouble(TargetError),
}

/// How far it is. Told by any thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// So many files are to be looked at for the next reason.
    Stage(&'static str, u64),
    /// So many more were looked at.
    Done(u64),
}

/// Tells the caller, until it has heard enough.
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
