//! The machine that is set up, and what the user wants of it.

use std::path::{Path, PathBuf};

use super::appraise::Appraise;
use super::error::SetupError;
use super::kept::KeptFiles;
use crate::keys::certificates::CERTIFICATES;
use crate::keys::held::HeldKeys;
use crate::keys::signing::Trust;
use crate::machine::root::Root;
use crate::tasks::status::KernelConfig;

/// What the user wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetupOptions {
    /// Certificates to put into /etc/keys/ima, PEM or DER.
    pub certificates: Vec<PathBuf>,
    /// Signed .debs, or folders of such, to take the lists of unsigned packages from.
    pub from: Vec<PathBuf>,
    /// A sample policy; none stands for the one that is there, or else `everyone`.
    pub policy: Option<String>,
    /// Whether the kernel is to log or to refuse; none stands for what was set up before, or else to log.
    pub mode: Option<Appraise>,
}

/// What all steps look at.
pub(super) struct Site<'a> {
    pub(super) root: &'a Root,
    pub(super) options: &'a SetupOptions,
    pub(super) config: KernelConfig,
    /// What the kernel is to do after the next boot.
    pub(super) goal: Appraise,
    /// What it was set up to do before this run.
    pub(super) was: Option<Appraise>,
    /// The running kernel's command line.
    pub(super) command_line: String,
}

impl<'a> Site<'a> {
    pub(super) const fn kept(&self) -> KeptFiles<'a> {
        KeptFiles::of(self.root)
    }

    /// The keys that the next boot loads: those of the certificates, whatever the kernel holds now.
    pub(super) fn keys(&self) -> Result<HeldKeys, SetupError> {
        let trust = Trust::of_root(self.root)?;
        Ok(HeldKeys::of_certificates(self.root).backed_by(Box::new(trust)))
    }

    /// The folder of certificates, as people outside the root name it.
    pub(super) fn certificates(&self) -> PathBuf {
        self.root.display(Path::new(CERTIFICATES))
    }
}
